package dev.managedtunnel.internal.forward;

import java.util.ArrayDeque;

/**
 * Buffers for bytes on their way up, each in use only while a thread moves bytes: an idle connection has none. The size
 * is that of the largest packet servers take, so one read makes one packet. Thread-safe.
 */
final class BufferPool {
    static final int BUFFER_SIZE = 32 * 1024;

    private static final int MOST_KEPT = 16;

    /** Guarded by itself. */
    private final ArrayDeque<byte[]> free = new ArrayDeque<>();

    byte[] acquire() {
        synchronized (free) {
            byte[] buffer = free.pollLast();
            return buffer != null ? buffer : new byte[BUFFER_SIZE];
        }
    }

    void release(byte[] buffer) {
        synchronized (free) {
            if (free.size() < MOST_KEPT) {
                free.addLast(buffer);
            }
        }
    }
}
