package dev.managedtunnel.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads of one tunnel that may block. Virtual threads on Java 24 and later, where JSch's monitors no longer pin them;
 * below, a bounded pool whose idle threads end. Thread-safe.
 */
final class Workers implements Executor {
    private static final int LEAST_JAVA_FOR_VIRTUAL = 24;
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final ThreadLocal<Workers> CURRENT = new ThreadLocal<>();

    private final ExecutorService executor;

    /**
     * @param prefix of the threads' names
     * @param most how many threads there may be below Java 24; tasks beyond wait
     */
    Workers(String prefix, int most) {
        executor = Runtime.version().feature() >= LEAST_JAVA_FOR_VIRTUAL ? virtual(prefix) : pool(prefix, most);
    }

    private static ExecutorService pool(String prefix, int most) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                most, most, IDLE.toMillis(), TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, prefix + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Public API of Java 21, looked up by name since we compile for 17. */
    private static ExecutorService virtual(String prefix) {
        try {
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            Class<?> builder = Class.forName("java.lang.Thread$Builder$OfVirtual");
            Object named = lookup.findVirtual(builder, "name", MethodType.methodType(builder, String.class, long.class))
                    .invoke(
                            lookup.findStatic(Thread.class, "ofVirtual", MethodType.methodType(builder))
                                    .invoke(),
                            prefix + "-",
                            1L);
            ThreadFactory factory =
                    (ThreadFactory) lookup.findVirtual(builder, "factory", MethodType.methodType(ThreadFactory.class))
                            .invoke(named);
            return (ExecutorService) lookup.findStatic(
                            Executors.class,
                            "newThreadPerTaskExecutor",
                            MethodType.methodType(ExecutorService.class, ThreadFactory.class))
                    .invoke(factory);
        } catch (Throwable missing) {
            throw new IllegalStateException("no virtual threads on Java " + Runtime.version(), missing);
        }
    }

    /** Runs the task on a thread that may block; drops it when the tunnel has closed. */
    @Override
    public void execute(Runnable task) {
        try {
            executor.execute(() -> {
                CURRENT.set(this);
                try {
                    task.run();
                } finally {
                    CURRENT.remove();
                }
            });
        } catch (RejectedExecutionException closed) {
            // What it was to work on is closed with the tunnel.
        }
    }

    /** Whether the calling thread is one of these, so that it must not wait for their end. */
    boolean isCurrent() {
        return CURRENT.get() == this;
    }

    /** Accepts nothing more and waits for what runs, up to that time; true when all have ended. */
    boolean close(Duration timeout) {
        executor.shutdown();
        if (isCurrent()) {
            return true;
        }
        try {
            return executor.awaitTermination(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
