package dev.managedtunnel.examples.jdbcpool;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A steady load on a pool: worker threads that each take a connection, run a query, give the connection back, and rest
 * for a moment. Counts what an application would see, in windows that the caller opens one after the other. The methods
 * may be called from any thread.
 */
final class Load implements AutoCloseable {
    /** Not below the library's name, whose lines are shown on the screen. */
    private static final Logger LOG = LoggerFactory.getLogger("load");

    /** One query of a worker, or one transaction. */
    @FunctionalInterface
    interface Work {
        void run(Connection connection) throws SQLException;
    }

    /** The counts of one stretch of time. A query counts in the window in which it ends. */
    static final class Window {
        private final LongAdder answered = new LongAdder();
        private final LongAdder errors = new LongAdder();
        private final LongAdder unconnected = new LongAdder();
        private long longestNanos;

        private synchronized void waited(long nanos) {
            longestNanos = Math.max(longestNanos, nanos);
        }

        long answered() {
            return answered.sum();
        }

        /** The exceptions that the application got. */
        long errors() {
            return errors.sum();
        }

        /** Those among the errors for which the pool had no connection to give. */
        long unconnected() {
            return unconnected.sum();
        }

        /** From asking the pool for a connection to the answer, or the error. */
        synchronized Duration longestWait() {
            return Duration.ofNanos(longestNanos);
        }
    }

    /** Somebody waits for the first answer on a connection that the pool gave after this moment. */
    private record Awaited(long sinceNanos, CompletableFuture<Duration> answer) {}

    private final DataSource pool;
    private final Work work;
    private final Duration rest;
    private final List<Worker> workers = new ArrayList<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Window total = new Window();
    private volatile Window window = new Window();
    private volatile @Nullable Awaited awaited;
    private volatile String lastError = "it had not ended";

    /** @param rest between two queries of a worker, on average */
    Load(DataSource pool, int threads, Duration rest, Work work) {
        this.pool = pool;
        this.work = work;
        this.rest = rest;
        for (int i = 1; i <= threads; i++) {
            workers.add(new Worker("load-" + i));
        }
    }

    void start() {
        workers.forEach(Thread::start);
    }

    /** Counts from now on in a new window and returns it. */
    Window openWindow() {
        window = new Window();
        return window;
    }

    /** The counts since the start. */
    Window total() {
        return total;
    }

    /** The longest wait of the current window, those included that have not ended yet. */
    Duration longestWait() {
        long now = System.nanoTime();
        Duration longest = window.longestWait();
        for (Worker worker : workers) {
            Duration wait = worker.waitingAt(now);
            longest = wait.compareTo(longest) > 0 ? wait : longest;
        }
        return longest;
    }

    /**
     * Waits for the first query that is answered on a connection that the pool gives from now on.
     *
     * @return how long it took; empty when there was none in time
     */
    Optional<Duration> awaitAnswer(Duration atMost) throws InterruptedException {
        CompletableFuture<Duration> answer = new CompletableFuture<>();
        awaited = new Awaited(System.nanoTime(), answer);
        try {
            return Optional.of(answer.get(atMost.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException none) {
            return Optional.empty();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        } finally {
            awaited = null;
        }
    }

    /**
     * Lets the workers end their queries, and waits for them.
     *
     * @return whether each worker's last query was answered
     */
    boolean stop(Duration atMost) throws InterruptedException {
        stopped.countDown();
        long deadline = System.nanoTime() + atMost.toNanos();
        boolean answered = true;
        for (Worker worker : workers) {
            worker.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            answered &= !worker.isAlive() && worker.lastAnswered;
        }
        return answered;
    }

    /** Why the last query that was not answered was not. */
    String lastError() {
        return lastError;
    }

    /** Stops without waiting. A worker that waits for a connection or an answer ends when the pool is closed. */
    @Override
    public void close() {
        stopped.countDown();
    }

    private final class Worker extends Thread {
        private volatile long askedNanos;
        private volatile boolean asking;
        private volatile boolean lastAnswered;

        Worker(String name) {
            super(name);
            setDaemon(true);
        }

        Duration waitingAt(long nanos) {
            return asking ? Duration.ofNanos(Math.max(0, nanos - askedNanos)) : Duration.ZERO;
        }

        @Override
        public void run() {
            try {
                while (!stopped.await(someRest(), TimeUnit.NANOSECONDS)) {
                    query();
                }
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
            }
        }

        /** Random, else all workers march in step after an outage: all of them are hit by the next one, or none. */
        private long someRest() {
            return ThreadLocalRandom.current().nextLong(2 * rest.toNanos());
        }

        private void query() {
            askedNanos = System.nanoTime();
            asking = true;
            long gotNanos = 0;
            boolean connected = false;
            try {
                try (Connection connection = pool.getConnection()) {
                    connected = true;
                    gotNanos = System.nanoTime();
                    work.run(connection);
                }
                answered(gotNanos);
            } catch (SQLException failure) {
                failed(failure, connected, gotNanos);
            } finally {
                asking = false;
            }
        }

        private void answered(long gotNanos) {
            long now = System.nanoTime();
            lastAnswered = true;
            count(window, now).answered.increment();
            count(total, now).answered.increment();
            Awaited waiting = awaited;
            if (waiting != null && gotNanos - waiting.sinceNanos >= 0) {
                waiting.answer.complete(Duration.ofNanos(now - waiting.sinceNanos));
            }
        }

        private void failed(SQLException failure, boolean connected, long gotNanos) {
            long now = System.nanoTime();
            if (connected) {
                LOG.info("a query failed, {} ms after it got its connection", (now - gotNanos) / 1_000_000, failure);
            } else {
                LOG.info("no connection for a query", failure);
            }
            lastError = String.valueOf(failure.getMessage());
            lastAnswered = false;
            for (Window each : List.of(count(window, now), count(total, now))) {
                each.errors.increment();
                if (!connected) {
                    each.unconnected.increment();
                }
            }
        }

        private Window count(Window into, long now) {
            into.waited(now - askedNanos);
            return into;
        }
    }
}
