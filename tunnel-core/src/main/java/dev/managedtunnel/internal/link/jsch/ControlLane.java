package dev.managedtunnel.internal.link.jsch;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Sends a session's small packets: keep-alives, window credit, closes. A lane of its own, since they must not wait for
 * a worker: when all workers block in writes, it may be just this credit that their peers wait for. What blocks the lane
 * (a full socket) blocks every sender anyway. Its one thread comes when needed and ends soon. Thread-safe.
 */
final class ControlLane {
    private static final long IDLE_MILLIS = 500;

    private final ThreadPoolExecutor executor;

    ControlLane(String tunnel) {
        executor = new ThreadPoolExecutor(
                1,
                1,
                IDLE_MILLIS,
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                task -> {
                    Thread thread = new Thread(task, "tunnel-" + tunnel + "-control");
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardPolicy());
        executor.allowCoreThreadTimeOut(true);
    }

    /** Runs it soon; never when the lane is closed. */
    void execute(Runnable task) {
        executor.execute(task);
    }

    /** Drops what waits. What runs is freed by the cut of the wire. */
    void close() {
        executor.shutdownNow();
    }
}
