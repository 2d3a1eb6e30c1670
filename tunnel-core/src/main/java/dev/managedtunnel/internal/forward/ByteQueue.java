package dev.managedtunnel.internal.forward;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Bytes from one thread to another, copied in, in chunks: many small pieces share one. Thread-safe. */
final class ByteQueue {
    private static final int LEAST_CHUNK = 4 * 1024;

    /** Guarded by itself. Each chunk is ready to be appended to. */
    private final ArrayDeque<ByteBuffer> chunks = new ArrayDeque<>();

    void add(ByteBuffer bytes) {
        int length = bytes.remaining();
        synchronized (chunks) {
            ByteBuffer last = chunks.peekLast();
            if (last == null || last.remaining() < length) {
                last = ByteBuffer.allocate(Math.max(length, LEAST_CHUNK));
                chunks.addLast(last);
            }
            last.put(bytes);
        }
    }

    /** Takes the oldest chunk, ready to be read; nothing is appended to it any more. Null when there is none. */
    @Nullable
    ByteBuffer poll() {
        synchronized (chunks) {
            ByteBuffer first = chunks.pollFirst();
            return first == null ? null : first.flip();
        }
    }

    boolean isEmpty() {
        synchronized (chunks) {
            return chunks.isEmpty();
        }
    }

    void clear() {
        synchronized (chunks) {
            chunks.clear();
        }
    }
}
