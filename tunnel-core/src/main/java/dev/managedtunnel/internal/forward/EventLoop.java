package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.link.SharedLoop;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One selector, one queue of tasks, one thread at a time; it knows nothing of tunnels. An exception of a handler or a task
 * ends that handler or task only. An {@link Error} ends the loop, and the loop says so: it never dies silently.
 *
 * <p>It has a thread of its own, which rests while a session's reader runs the loop: <b>whoever holds {@code turn} is the
 * loop</b>. Nobody else takes that lock but to take over, or to go on.
 *
 * <p>{@link #execute}, {@link #isCurrent}, {@link #awaitEnd}, {@link #join} and {@link #endWait} may be called on any thread,
 * the rest on the loop or before {@link #start}.
 */
final class EventLoop implements SharedLoop {
    private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);
    /** The largest packet that servers take, so that one read makes one packet. */
    static final int SCRATCH_SIZE = 32 * 1024;

    /** What is done when a channel is ready. On the loop; must not block. */
    interface Handler {
        /** Does what it can at once.
         *
         * @param operations those that are ready and wanted
         */
        void ready(int operations) throws IOException;

        /** {@link #ready} threw: the handler ends what it handles. */
        void failed(Exception why);
    }

    private final String name;
    private final Selector selector;
    private final Thread thread;
    private final Consumer<Throwable> onDeath;
    private final LoopTasks tasks;
    /** Spares the system call when the loop has been woken already and has not come round yet. */
    private final AtomicBoolean woken = new AtomicBoolean();

    /** The keys of this round. */
    private final List<SelectionKey> ready = new ArrayList<>();

    private final ReentrantLock turn = new ReentrantLock();
    private final Condition left = turn.newCondition();
    /** A reader runs it, or is about to. */
    private final AtomicBoolean taken = new AtomicBoolean();

    private final byte[] scratch = new byte[SCRATCH_SIZE];

    /** The next round is not to wait. */
    private boolean waitsNot;

    private boolean stopping;
    private volatile boolean ended;

    /**
     * @param name the thread's name
     * @param onDeath called on the loop's thread as its last act when an Error ends it
     */
    EventLoop(String name, Consumer<Throwable> onDeath) throws IOException {
        this.name = name;
        tasks = new LoopTasks(name);
        this.onDeath = onDeath;
        selector = Selector.open();
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    boolean isCurrent() {
        return turn.isHeldByCurrentThread();
    }

    SelectionKey register(SelectableChannel channel, int operations, Handler handler) throws ClosedChannelException {
        return channel.register(selector, operations, handler);
    }

    /** For bytes on their way; whoever uses it is done with it when its turn ends. */
    byte[] scratch() {
        return scratch;
    }

    /** Runs the task on the loop, soon and in order. False, and the task never runs, when the loop has ended. */
    boolean execute(Runnable task) {
        tasks.add(task);
        // Either the loop's last round takes it from the queue, or we do.
        if (ended && tasks.remove(task)) {
            return false;
        }
        if (!isCurrent()) {
            wake();
        }
        return true;
    }

    /** Does the same from the loop itself, at once when nothing was told before. */
    void executeInTurn(Runnable task) {
        if (tasks.isEmpty()) {
            task.run();
        } else {
            tasks.add(task);
        }
    }

    /** Ends the loop when the current task returns. */
    void stop() {
        stopping = true;
    }

    /** Closes the selector of a loop that was never started. */
    void discard() {
        closeSelector();
    }

    /** Waits until the thread has ended, at most so long; without effect on the loop itself. */
    void awaitEnd(Duration longest) {
        if (isCurrent()) {
            return;
        }
        try {
            thread.join(longest.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        turn.lock();
        try {
            while (!stopping) {
                if (taken.get()) {
                    left.awaitUninterruptibly();
                } else {
                    round(true);
                }
            }
        } finally {
            ended = true;
            try {
                closeSelector();
                tasks.runLast();
            } finally {
                turn.unlock();
            }
        }
    }

    /** An Error ends the loop, whichever thread runs it; false when it is to end. */
    boolean round(boolean wait) {
        try {
            // Most of what the last round has led to; so the system is asked once, not twice.
            tasks.run();
            if (wait && tasks.isEmpty() && !stopping && !waitsNot) {
                selector.select(ready::add);
            } else {
                selector.selectNow(ready::add);
            }
            waitsNot = false;
            // JSch interrupts its reader; no select would wait any more.
            Thread.interrupted();
            // Before the queue is read: a task added from here on wakes the next select.
            woken.set(false);
            // Before the sockets: what a task closes or wants no more is not called any more.
            tasks.run();
            ready.forEach(this::dispatch);
        } catch (Throwable thrown) {
            stopping = true;
            die(thrown);
        } finally {
            ready.clear();
        }
        return !stopping;
    }

    @Override
    public @Nullable Seat join(SelectableChannel socket) throws IOException {
        if (ended || !taken.compareAndSet(false, true)) {
            return null;
        }
        wake();
        turn.lock();
        boolean joined = false;
        try {
            if (stopping) {
                return null;
            }
            ReaderSeat seat = new ReaderSeat(this);
            seat.begin(socket);
            joined = true;
            return seat;
        } finally {
            if (!joined) {
                handBack();
            }
        }
    }

    /** The reader that runs the loop does so no more. On it; idempotent. */
    void handBack() {
        if (isCurrent()) {
            taken.set(false);
            left.signal();
            turn.unlock();
        }
    }

    /** Lets the round that waits, or the next one, end without. */
    void endWait() {
        if (isCurrent()) {
            waitsNot = true;
        } else {
            wake();
        }
    }

    private void wake() {
        if (woken.compareAndSet(false, true)) {
            selector.wakeup();
        }
    }

    private void dispatch(SelectionKey key) {
        // A task or an earlier handler of this round may have closed the channel, or want other operations by now.
        int operations;
        try {
            operations = key.readyOps() & key.interestOps();
        } catch (CancelledKeyException closed) {
            // A session's socket is closed by any thread, at any moment.
            return;
        }
        if (operations == 0) {
            return;
        }
        Handler handler = (Handler) key.attachment();
        try {
            handler.ready(operations);
        } catch (IOException | RuntimeException thrown) {
            fail(handler, thrown);
        }
    }

    private void fail(Handler handler, Exception why) {
        try {
            handler.failed(why);
        } catch (RuntimeException bug) {
            LOG.error("{}: {} could not cope with {}", name, handler, why, bug);
        }
    }

    private void die(Throwable thrown) {
        LOG.error("{}: ended by an error", name, thrown);
        try {
            onDeath.accept(thrown);
        } catch (Throwable again) {
            LOG.error("{}: could not clean up", name, again);
        }
    }

    /** Closes what is still registered too: whatever happened, no socket outlives the loop. */
    private void closeSelector() {
        for (SelectionKey key : selector.keys()) {
            // A session's socket that has left is not ours.
            if (key.isValid()) {
                close(key.channel());
            }
        }
        close(selector);
    }

    private void close(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException failed) {
            LOG.debug("{}: close failed", name, failed);
        }
    }
}
