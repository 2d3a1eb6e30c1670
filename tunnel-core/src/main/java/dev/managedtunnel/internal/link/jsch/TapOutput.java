package dev.managedtunnel.internal.link.jsch;

import java.io.IOException;
import java.io.OutputStream;

/** Writes straight to the socket: JSch hands over one whole packet a call. */
final class TapOutput extends OutputStream {
    private final OutputStream out;
    private final Wire wire;

    TapOutput(OutputStream out, Wire wire) {
        this.out = out;
        this.wire = wire;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    /** A failure is only noted: what the peer sent before, perhaps its reason, is still there to be read. */
    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            wire.ended(String.valueOf(e.getMessage()));
            throw e;
        }
        wire.sent(length);
    }

    @Override
    public void close() {
        wire.cut();
    }
}
