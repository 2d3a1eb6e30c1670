package dev.managedtunnel.internal.time;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Real time, on one thread that all tunnels share. Each tunnel acquires it and closes what it acquired; the thread is
 * gone with the last of them. Thread-safe.
 */
public final class SystemScheduler implements Scheduler, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SystemScheduler.class);
    private static final Object LOCK = new Object();
    private static final Duration THREAD_END = Duration.ofSeconds(1);

    /** Guarded by LOCK. */
    private static int users;
    /** Guarded by LOCK; there while there are users. */
    private static @Nullable ScheduledThreadPoolExecutor shared;

    private final ScheduledThreadPoolExecutor executor;
    private final AtomicBoolean closed = new AtomicBoolean();

    private SystemScheduler(ScheduledThreadPoolExecutor executor) {
        this.executor = executor;
    }

    /** The shared scheduler, for one tunnel; close it with the tunnel. */
    public static SystemScheduler acquire() {
        synchronized (LOCK) {
            ScheduledThreadPoolExecutor executor = shared;
            if (executor == null) {
                executor = new ScheduledThreadPoolExecutor(1, task -> {
                    Thread thread = new Thread(task, "tunnel-scheduler");
                    thread.setDaemon(true);
                    return thread;
                });
                executor.setRemoveOnCancelPolicy(true);
                shared = executor;
            }
            users++;
            return new SystemScheduler(executor);
        }
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
        try {
            var future = executor.schedule(() -> run(task), delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        } catch (RejectedExecutionException gone) {
            // The last tunnel has closed; whoever still asks is about to see that itself.
            return () -> {};
        }
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error bug) {
            LOG.error("timer task failed", bug);
        }
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        synchronized (LOCK) {
            if (--users > 0) {
                return;
            }
            shared = null;
        }
        executor.shutdownNow();
        try {
            executor.awaitTermination(THREAD_END.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
