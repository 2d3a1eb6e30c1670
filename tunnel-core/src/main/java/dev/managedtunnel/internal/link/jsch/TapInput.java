package dev.managedtunnel.internal.link.jsch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * Reads the wire in large pieces, since JSch asks for 4 bytes and then the rest of each packet. An idle session needs little
 * for that; the buffer grows when one read has filled it. For one reader at a time.
 */
final class TapInput extends InputStream {
    static final int FIRST_SIZE = 8 * 1024;
    static final int LARGEST_SIZE = 256 * 1024;

    private final Wire wire;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(FIRST_SIZE).limit(0);

    TapInput(Wire wire) {
        this.wire = wire;
    }

    @Override
    public int read() throws IOException {
        return buffer.hasRemaining() || fill() ? buffer.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!buffer.hasRemaining() && !fill()) {
            return -1;
        }
        int taken = Math.min(length, buffer.remaining());
        buffer.get(bytes, offset, taken);
        return taken;
    }

    private boolean fill() throws IOException {
        int size = buffer.capacity();
        if (buffer.limit() == size && size < LARGEST_SIZE) {
            buffer = ByteBuffer.allocateDirect(2 * size);
        }
        buffer.clear();
        try {
            return wire.receive(buffer);
        } finally {
            buffer.flip();
        }
    }

    @Override
    public int available() {
        return buffer.remaining();
    }

    @Override
    public void close() {
        wire.cut();
    }
}
