package dev.managedtunnel.internal.link.jsch;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the packets that the session's reader hands over for one channel, until it has none left at hand, the batch is
 * full, or the next one is for another channel. So a download takes one write to its client where there would be several,
 * and nothing waits for anything that is not there yet. For the reader thread alone.
 */
final class Batch {
    /** As large as what one read brings, and growing likewise. */
    private ByteBuffer bytes = ByteBuffer.allocateDirect(TapInput.FIRST_SIZE);

    private @Nullable JschChannel channel;
    private @Nullable Thread reader;

    void add(JschChannel owner, byte[] packet, int offset, int length) {
        reader = Thread.currentThread();
        if (channel != owner) {
            deliver();
        }
        int end = offset + length;
        int at = offset;
        while (at < end) {
            channel = owner;
            int part = Math.min(end - at, bytes.remaining());
            bytes.put(packet, at, part);
            at += part;
            if (!bytes.hasRemaining()) {
                deliver();
                grow();
            }
        }
    }

    private void grow() {
        int size = bytes.capacity();
        if (size < TapInput.LARGEST_SIZE) {
            bytes = ByteBuffer.allocateDirect(2 * size);
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
