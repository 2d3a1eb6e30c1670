package dev.managedtunnel.internal.supervise;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks one at a time in the order in which they came, on whichever thread brought the first of them, so that the
 * supervisor needs neither a lock nor a thread. Tasks must not block. Thread-safe.
 */
public final class SerialExecutor implements Executor {
    private static final Logger LOG = LoggerFactory.getLogger(SerialExecutor.class);

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Consumer<Throwable> bugs;
    private volatile @Nullable Thread runner;

    public SerialExecutor() {
        this(bug -> LOG.error("supervisor task failed", bug));
    }

    /** For tests that want to know of them. */
    SerialExecutor(Consumer<Throwable> bugs) {
        this.bugs = bugs;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (waiting.getAndIncrement() != 0) {
            return;
        }
        do {
            runner = Thread.currentThread();
            try {
                @Nullable Runnable next = tasks.poll();
                if (next != null) {
                    next.run();
                }
            } catch (RuntimeException | Error bug) {
                // A task that throws is a bug of ours; the tasks behind it must still run.
                bugs.accept(bug);
            } finally {
                runner = null;
            }
        } while (waiting.decrementAndGet() != 0);
    }

    /** Fails unless the caller runs inside a task of this executor. */
    void requireEntered() {
        if (Thread.currentThread() != runner) {
            throw new IllegalStateException("outside of the serial executor");
        }
    }
}
