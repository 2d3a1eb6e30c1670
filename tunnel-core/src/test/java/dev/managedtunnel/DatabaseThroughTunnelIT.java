package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshServer;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A real PostgreSQL behind the tunnel, a real pool in front of it, and a session that keeps dying. */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
class DatabaseThroughTunnelIT {
    private static final int THREADS = 4;
    private static final Duration KILL_EVERY = Duration.ofSeconds(2);

    private static final Duration JUST = Duration.ofSeconds(1);

    private static EmbeddedPostgres postgres;

    @BeforeAll
    static void startPostgres() throws IOException {
        postgres = EmbeddedPostgres.builder().start();
    }

    @AfterAll
    static void stopPostgres() throws IOException {
        postgres.close();
    }

    @Test
    void aMinuteOfQueriesWhileTheSessionIsKilledEveryTwoSecondsOnOpenSsh() throws Exception {
        Requires.openSsh();
        try (SshServer server = OpenSshServer.usual()) {
            queriesSurviveKills(server, 30);
        }
    }

    @Test
    void queriesWhileTheSessionIsKilledEveryTwoSecondsOnMina() throws Exception {
        try (SshServer server = MinaServer.usual()) {
            queriesSurviveKills(server, 5);
        }
    }

    private static void queriesSurviveKills(SshServer server, int kills) throws Exception {
        TunnelSpec spec = Tunnels.to(server, "orders-db")
                .forward(Forward.local("127.0.0.1", postgres.getPort()))
                .restart(RestartPolicy.builder()
                        .provenAfter(Duration.ofSeconds(1))
                        .build())
                .build();
        try (ManagedTunnel tunnel = spec.open();
                HikariDataSource pool = pool(tunnel)) {
            // What is left in the pool of a dead session would only be found out by its next user.
            tunnel.addListener(event -> {
                if (event instanceof TunnelEvent.SessionLost) {
                    pool.getHikariPoolMXBean().softEvictConnections();
                }
            });
            Load load = new Load(pool);
            load.start();
            for (int kill = 0; kill < kills; kill++) {
                long answeredBefore = load.answered.get();
                if (load.failed.await(KILL_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                    break;
                }
                assertThat(load.answered.get())
                        .as("queries answered before kill %s", kill)
                        .isGreaterThan(answeredBefore);
                load.killedAt = System.nanoTime();
                load.kills.incrementAndGet();
                server.killSessions();
            }
            load.stop();

            assertThat(load.unexplained)
                    .as("errors that a killed session does not explain")
                    .isEmpty();
            assertThat(load.notConnected)
                    .as("errors of connections that were not established")
                    .isEmpty();
            assertThat(load.broken.size())
                    .as("queries broken, at most one a thread and kill")
                    .isLessThanOrEqualTo(kills * THREADS);
            assertThat(load.answered.get()).as("queries answered").isGreaterThan(kills * 50L);
            // The last kill may not have been noticed yet.
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                assertThat(tunnel.status().starts()).as("session starts").isEqualTo(kills + 1L);
                assertThat(tunnel.status().losses()).containsEntry(FailureReason.CONNECTION_LOST, (long) kills);
            });
        }
    }

    private static HikariDataSource pool(ManagedTunnel tunnel) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:postgresql://127.0.0.1:" + tunnel.address().getPort() + "/postgres");
        config.setUsername("postgres");
        config.setMaximumPoolSize(THREADS);
        config.setConnectionTimeout(Duration.ofSeconds(30).toMillis());
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    /** Threads that query without a pause, and what went wrong with which query. */
    private static final class Load {
        final AtomicLong answered = new AtomicLong();
        final AtomicLong kills = new AtomicLong();
        final Queue<SQLException> broken = new ConcurrentLinkedQueue<>();
        final Queue<SQLException> notConnected = new ConcurrentLinkedQueue<>();
        final Queue<Exception> unexplained = new ConcurrentLinkedQueue<>();
        final CountDownLatch failed = new CountDownLatch(1);
        private final HikariDataSource pool;
        private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        private final List<Future<?>> running = new ArrayList<>();
        private volatile boolean stopped;
        volatile long killedAt;

        Load(HikariDataSource pool) {
            this.pool = pool;
        }

        void start() {
            for (int i = 0; i < THREADS; i++) {
                running.add(threads.submit(this::query));
            }
        }

        void stop() throws Exception {
            stopped = true;
            for (Future<?> thread : running) {
                thread.get(60, TimeUnit.SECONDS);
            }
            threads.shutdown();
        }

        private void query() {
            while (!stopped) {
                long killsBefore = kills.get();
                try (Connection connection = pool.getConnection()) {
                    run(connection, killsBefore);
                } catch (SQLException notHad) {
                    notConnected.add(notHad);
                } catch (HikariPool.PoolInitializationException notHad) {
                    unexplained.add(notHad);
                }
                if (!notConnected.isEmpty() || !unexplained.isEmpty()) {
                    failed.countDown();
                    return;
                }
            }
        }

        private void run(Connection connection, long killsBefore) {
            try (Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery("select 40 + 2")) {
                assertThat(result.next()).isTrue();
                assertThat(result.getInt(1)).isEqualTo(42);
                answered.incrementAndGet();
            } catch (SQLException error) {
                // Class 08 and 57: the connection broke under the query. A kill explains it that fell into the query's
                // turn, or just before: then the pool handed out a connection before it was told of the loss.
                boolean brokenConnection = error.getSQLState() != null
                        && (error.getSQLState().startsWith("08")
                                || error.getSQLState().startsWith("57"));
                if (brokenConnection && (kills.get() > killsBefore || System.nanoTime() - killedAt < JUST.toNanos())) {
                    broken.add(error);
                } else {
                    unexplained.add(error);
                }
            }
        }
    }
}
