package dev.managedtunnel.internal.link.jsch;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the packets that the session's reader hands over for one channel, until it has none left at hand, the batch is
 * full, or the next one is for another channel. So a download takes one write to its client where there would be several,
 * and nothing waits for anything that is not there yet. For the reader thread alone.
 */
final class Batch {
    private static final int SIZE = 128 * 1024;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(SIZE);
    private @Nullable JschChannel channel;
    private @Nullable Thread reader;

    void add(JschChannel owner, byte[] packet, int offset, int length) {
        reader = Thread.currentThread();
        if (channel != owner || bytes.remaining() < length) {
            deliver();
            channel = owner;
        }
        int rest = length;
        while (rest > 0) {
            int part = Math.min(rest, bytes.remaining());
            bytes.put(packet, offset + length - rest, part);
            rest -= part;
            if (rest > 0) {
                deliver();
                channel = owner;
            }
        }
    }

    /** The same where the calling thread may be another one: that has nothing to hand over. */
    void deliverOnReader() {
        if (Thread.currentThread() == reader) {
            deliver();
        }
    }

    /** Hands over what has been gathered. */
    void deliver() {
        JschChannel owner = channel;
        if (owner != null) {
            channel = null;
            owner.deliver(bytes.flip());
            bytes.clear();
        }
    }
}
