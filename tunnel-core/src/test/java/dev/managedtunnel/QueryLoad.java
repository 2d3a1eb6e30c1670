package dev.managedtunnel;

import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** Threads that query through a pool without a pause, and what went wrong with which query. */
final class QueryLoad implements AutoCloseable {
    private static final long END_SECONDS = 60;

    private final DataSource pool;
    private final ExecutorService threads;
    private final List<Future<?>> running = new ArrayList<>();
    private final AtomicLong answered = new AtomicLong();
    private final Queue<Exception> broken = new ConcurrentLinkedQueue<>();
    private final Queue<Exception> notConnected = new ConcurrentLinkedQueue<>();
    private final Queue<Exception> unexplained = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    private QueryLoad(DataSource pool, int threads) {
        this.pool = pool;
        this.threads = Executors.newFixedThreadPool(threads);
    }

    static QueryLoad on(DataSource pool, int threads) {
        QueryLoad load = new QueryLoad(pool, threads);
        for (int i = 0; i < threads; i++) {
            load.running.add(load.threads.submit(load::query));
        }
        return load;
    }

    /** Errors of statements whose connection broke. */
    Queue<Exception> broken() {
        return broken;
    }

    /** Errors of threads that wanted a connection. */
    Queue<Exception> notConnected() {
        return notConnected;
    }

    /** All other errors. */
    Queue<Exception> unexplained() {
        return unexplained;
    }

    /** Waits until so many more queries were answered, or one failed that should not have. */
    void awaitAnswers(int more, Duration limit) {
        long enough = answered.get() + more;
        await().atMost(limit)
                .until(() -> answered.get() >= enough || !notConnected.isEmpty() || !unexplained.isEmpty());
    }

    /** Ends the threads, each after its query, and passes on what they died of, if one did. */
    void finish() throws Exception {
        stopped = true;
        for (Future<?> thread : running) {
            thread.get(END_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        stopped = true;
        threads.shutdownNow();
    }

    private void query() {
        while (!stopped) {
            try (Connection connection = pool.getConnection()) {
                run(connection);
            } catch (SQLException notHad) {
                notConnected.add(notHad);
                return;
            }
        }
    }

    private void run(Connection connection) {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("select 40 + 2")) {
            if (result.next() && result.getInt(1) == 42) {
                answered.incrementAndGet();
            } else {
                unexplained.add(new IllegalStateException("A wrong answer"));
            }
        } catch (SQLException error) {
            // class 08: the connection broke; class 57: the server went; all else would be news
            String state = String.valueOf(error.getSQLState());
            (state.startsWith("08") || state.startsWith("57") ? broken : unexplained).add(error);
        }
    }
}
