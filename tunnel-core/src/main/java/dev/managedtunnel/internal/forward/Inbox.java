package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.time.Scheduler;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a target has sent and the application has not read yet; bounded by the channel's window, since credit is given back
 * for what the application has taken, nothing else.
 *
 * <p>Filled by the session's reader, ended by the loop, read by threads of the application, which wait here. The reader
 * takes the monitor only for the first bytes that wait, and nothing is called under it.
 */
final class Inbox {
    private final Scheduler clock;

    private final ByteQueue queue = new ByteQueue();
    /** Bytes in the queue and in {@code head}: grows when they are there, shrinks when they have been taken. */
    private final AtomicLong queued = new AtomicLong();
    /** Held by the one thread of the application that reads, also while it waits. */
    private final ReentrantLock reading = new ReentrantLock();
    /** The chunk being read. Guarded by {@code reading}. */
    private @Nullable ByteBuffer head;

    private final Monitor monitor = new Monitor();
    // Written under the monitor.
    private volatile @Nullable LinkChannel channel;
    private volatile boolean targetEnded;
    private volatile boolean shut;
    private volatile boolean closed;
    private @Nullable SocketFailure failure;

    Inbox(Scheduler clock) {
        this.clock = clock;
    }

    /** Where to give credit, from now on. */
    void opened(LinkChannel confirmed) {
        monitor.change(() -> channel = confirmed);
    }

    /** Nothing more comes and no credit is wanted. What is there can still be read; then the failure shows, if any. */
    void ended(@Nullable SocketFailure why) {
        monitor.change(() -> {
            channel = null;
            failure = why;
        });
    }

    /**
     * Keeps bytes for the application.
     *
     * @return how many wait now
     */
    long received(ByteBuffer bytes) {
        int length = bytes.remaining();
        if (closed || shut) {
            credit(length);
            return 0;
        }
        queue.add(bytes);
        long before = queued.getAndAdd(length);
        if (before == 0) {
            monitor.change(() -> {});
        }
        return before + length;
    }

    /** The target has said that nothing more comes. */
    void targetEnded() {
        monitor.change(() -> targetEnded = true);
    }

    /** See {@link InProcessClient#read}. */
    int read(byte[] bytes, int offset, int length, int timeoutMillis) throws IOException {
        reading.lock();
        try {
            ByteBuffer chunk = head;
            if (closed || shut || chunk == null || !chunk.hasRemaining()) {
                if (!awaitBytes(timeoutMillis)) {
                    return -1;
                }
                chunk = queue.poll();
                head = chunk;
            }
            if (chunk == null) {
                // Closed in this moment.
                throw SocketFailure.closed();
            }
            int taken = Math.min(length, chunk.remaining());
            chunk.get(bytes, offset, taken);
            queued.addAndGet(-taken);
            credit(taken);
            return taken;
        } finally {
            reading.unlock();
        }
    }

    /** False at the end. */
    private boolean awaitBytes(int timeoutMillis) throws IOException {
        monitor.lock.lock();
        try {
            TimedWait waiting = new TimedWait(clock, timeoutMillis);
            while (true) {
                if (closed) {
                    throw SocketFailure.closed();
                } else if (shut) {
                    return false;
                } else if (queued.get() > 0) {
                    return true;
                } else if (targetEnded) {
                    return false;
                } else if (failure != null) {
                    throw failure.toException();
                } else if (!waiting.on(monitor.changed)) {
                    throw new SocketTimeoutException("Read timed out");
                }
            }
        } finally {
            monitor.lock.unlock();
        }
    }

    int available() throws SocketException {
        if (closed) {
            throw SocketFailure.closed();
        }
        return shut ? 0 : (int) queued.get();
    }

    /** See {@link InProcessClient#shutdownInput}. */
    void shutDown() {
        monitor.change(() -> shut = true);
        // Whoever reads leaves by that.
        reading.lock();
        try {
            head = null;
            queue.clear();
            credit((int) queued.getAndSet(0));
        } finally {
            reading.unlock();
        }
    }

    /** Frees whoever reads, with an error. */
    void close() {
        monitor.change(() -> closed = true);
        queue.clear();
    }

    private void credit(int bytes) {
        LinkChannel from = channel;
        if (from != null && bytes > 0) {
            from.consumed(bytes);
        }
    }
}
