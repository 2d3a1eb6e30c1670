package dev.managedtunnel.internal.link.jsch;

import java.io.IOException;
import java.io.InputStream;

/** Reads the socket in large pieces, since JSch asks for 4 bytes and then the rest of each packet. For one reader. */
final class TapInput extends InputStream {
    private static final int SIZE = 64 * 1024;

    private final InputStream in;
    private final Wire wire;
    private final byte[] buffer = new byte[SIZE];
    private int next;
    private int limit;

    TapInput(InputStream in, Wire wire) {
        this.in = in;
        this.wire = wire;
    }

    @Override
    public int read() throws IOException {
        return next < limit || fill() ? buffer[next++] & 0xff : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (next == limit && !fill()) {
            return -1;
        }
        int taken = Math.min(length, limit - next);
        System.arraycopy(buffer, next, bytes, offset, taken);
        next += taken;
        return taken;
    }

    private boolean fill() throws IOException {
        int count;
        try {
            count = in.read(buffer);
        } catch (IOException e) {
            wire.ended(String.valueOf(e.getMessage()));
            // Without this a write that blocks on the dead socket, made while JSch cleans up, would hold its reader.
            wire.cut();
            throw e;
        }
        if (count < 0) {
            wire.ended("closed by the peer");
            wire.cut();
            return false;
        }
        wire.received(buffer, 0, count);
        next = 0;
        limit = count;
        return true;
    }

    @Override
    public int available() {
        return limit - next;
    }

    @Override
    public void close() {
        wire.cut();
    }
}
