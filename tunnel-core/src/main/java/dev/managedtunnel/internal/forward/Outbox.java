package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.link.LinkChannel;
import java.io.IOException;
import java.net.SocketException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The way from the application to a target. Keeps nothing: threads of the application bring their bytes into the channel
 * themselves, and wait here while that has no room.
 */
final class Outbox {
    /** What is offered at a time: other connections have their turn in between. */
    private static final int MOST_OFFERED = 128 * 1024;

    private final SocketFailure targetHasEnded;
    private final LongAdder bytesOut;

    /** Held by the one thread of the application that writes, also while it waits. */
    private final ReentrantLock writing = new ReentrantLock();

    private final Monitor monitor = new Monitor();
    // Written under the monitor, but for room, which is also reset while nobody waits.
    private volatile boolean room;
    private volatile boolean shut;
    private volatile boolean closed;
    private volatile boolean toldEnd;
    private volatile @Nullable LinkChannel channel;
    private volatile @Nullable SocketFailure failure;

    /** @param label such as {@code tunnel orders-db, forward primary} */
    Outbox(String label, LongAdder bytesOut) {
        targetHasEnded = new SocketFailure("Broken pipe", label, "the target has ended the connection");
        this.bytesOut = bytesOut;
    }

    /** Where to write to, from now on. */
    void opened(LinkChannel confirmed) {
        monitor.change(() -> channel = confirmed);
    }

    /** Frees whoever writes, with that failure, or since the target takes nothing more. */
    void ended(@Nullable SocketFailure why) {
        monitor.change(() -> {
            channel = null;
            failure = why;
        });
    }

    /** The channel takes something again. */
    void roomMade() {
        monitor.change(() -> room = true);
    }

    /** See {@link InProcessClient#write}. */
    void write(byte[] bytes, int offset, int length) throws IOException {
        writing.lock();
        try {
            int end = offset + length;
            int at = offset;
            while (at < end) {
                LinkChannel to = target();
                room = false;
                int offered = Math.min(end - at, MOST_OFFERED);
                int taken = tryWrite(to, bytes, at, offered);
                bytesOut.add(taken);
                at += taken;
                if (taken < offered) {
                    awaitRoom();
                }
            }
        } finally {
            writing.unlock();
        }
    }

    private int tryWrite(LinkChannel to, byte[] bytes, int offset, int length) throws SocketException {
        try {
            return to.tryWrite(bytes, offset, length);
        } catch (IOException gone) {
            throw failed(gone);
        }
    }

    private LinkChannel target() throws SocketException {
        LinkChannel to = channel;
        if (closed) {
            throw SocketFailure.closed();
        } else if (shut) {
            throw new SocketException("Socket output is shutdown");
        } else if (to == null) {
            SocketFailure why = failure;
            throw (why == null ? targetHasEnded : why).toException();
        }
        return to;
    }

    /** The channel knows that it has ended before we are told why. */
    private SocketException failed(IOException gone) {
        SocketFailure why = failure;
        return closed
                ? SocketFailure.closed()
                : (why == null ? targetHasEnded.because(String.valueOf(gone.getMessage())) : why).toException();
    }

    private void awaitRoom() {
        monitor.lock.lock();
        try {
            while (!room && !closed && !shut && channel != null) {
                monitor.changed.awaitUninterruptibly();
            }
        } finally {
            monitor.lock.unlock();
        }
    }

    /** See {@link InProcessClient#shutdownOutput}. */
    void shutDown() throws SocketException {
        monitor.change(() -> shut = true);
        // Whoever writes leaves by that.
        writing.lock();
        try {
            LinkChannel to = channel;
            if (to != null && !closed && !toldEnd) {
                to.sendEof();
                toldEnd = true;
            }
        } catch (IOException gone) {
            throw failed(gone);
        } finally {
            writing.unlock();
        }
    }

    /** Whether the target has been told that nothing more comes. */
    boolean hasToldEnd() {
        return toldEnd;
    }

    /** Frees whoever writes, with an error. */
    void close() {
        monitor.change(() -> closed = true);
    }
}
