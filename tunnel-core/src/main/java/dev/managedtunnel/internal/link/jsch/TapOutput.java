package dev.managedtunnel.internal.link.jsch;

import java.io.IOException;
import java.io.OutputStream;

/** Hands over to the wire; JSch writes one whole packet a call. */
final class TapOutput extends OutputStream {
    private final Wire wire;

    TapOutput(Wire wire) {
        this.wire = wire;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        wire.send(bytes, offset, length);
    }

    @Override
    public void close() {
        wire.cut();
    }
}
