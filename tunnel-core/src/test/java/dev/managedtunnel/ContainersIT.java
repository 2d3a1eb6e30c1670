package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.managedtunnel.testing.Bastion;
import dev.managedtunnel.testing.DockerNetwork;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.Requires;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A PostgreSQL server that only a bastion can reach, and what an operator does to the bastion while a pool queries
 * through it. Nothing of it may reach the application but errors of statements on connections that were established
 * when their session was lost; whoever waits for a connection gets one.
 */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
@Timeout(120)
class ContainersIT {
    private static final int THREADS = 4;
    private static final Duration A_WHILE = Duration.ofSeconds(4);
    private static final Duration SOON = Duration.ofSeconds(25);

    private static DockerNetwork network;

    @BeforeAll
    static void startContainers() {
        Requires.docker();
        network = DockerNetwork.start();
    }

    @AfterAll
    static void stopContainers() {
        if (network != null) {
            network.close();
        }
    }

    @Test
    void queriesSurviveAPausedBastion() throws Exception {
        Bastion bastion = network.bastion();
        queriesSurvive(published(), bastion::pause, A_WHILE, bastion::unpause);
    }

    @Test
    void queriesSurviveABastionWithoutNetwork() throws Exception {
        Bastion bastion = network.bastion();
        queriesSurvive(published(), bastion::disconnectNetwork, A_WHILE, bastion::reconnectNetwork);
    }

    /** Without Docker's relay between, which tells of the loss: here the packets just vanish. */
    @Test
    void queriesSurviveABastionWhoseNetworkVanishesSilently() throws Exception {
        Requires.linux();
        Bastion bastion = network.bastion();
        queriesSurvive(
                Gateway.of(bastion.user(), bastion.directHost(), Gateway.DEFAULT_PORT),
                bastion::disconnectNetwork,
                A_WHILE,
                bastion::reconnectNetwork);
    }

    @Test
    void queriesSurviveAKilledBastion() throws Exception {
        Bastion bastion = network.bastion();
        queriesSurvive(published(), bastion::kill, A_WHILE, bastion::start);
    }

    @Test
    void queriesSurviveARestartedBastion() throws Exception {
        Bastion bastion = network.bastion();
        queriesSurvive(published(), bastion::restart, Duration.ZERO, () -> {});
    }

    private static Gateway published() {
        Bastion bastion = network.bastion();
        return Gateway.of(bastion.user(), bastion.host(), bastion.port());
    }

    private static void queriesSurvive(Gateway gateway, Runnable begin, Duration lasts, Runnable end) throws Exception {
        try (ManagedTunnel tunnel = open(gateway);
                HikariDataSource pool = pool(tunnel);
                QueryLoad load = QueryLoad.on(pool, THREADS)) {
            // What is left in the pool of a dead session would only be found out by its next user.
            tunnel.addListener(event -> {
                if (event instanceof TunnelEvent.SessionLost) {
                    pool.getHikariPoolMXBean().softEvictConnections();
                }
            });
            load.awaitAnswers(100, SOON);

            begin.run();
            try {
                Outage.pass(lasts);
            } finally {
                end.run();
            }
            await().atMost(SOON).until(() -> tunnel.state() == TunnelState.UP);
            assertThat(tunnel.status().starts()).as("session starts").isGreaterThan(1);
            load.awaitAnswers(100, SOON);
            load.finish();

            assertThat(load.notConnected())
                    .as("errors of threads that waited for a connection")
                    .isEmpty();
            assertThat(load.unexplained())
                    .as("errors that a lost connection does not explain")
                    .isEmpty();
            assertThat(load.broken().size())
                    .as("statements broken, on connections that the tunnel knew as established")
                    .isLessThanOrEqualTo(Math.toIntExact(
                            tunnel.status().forwards().get(0).outcomes().get(ConnectionOutcome.BROKEN)));
        }
    }

    private static ManagedTunnel open(Gateway gateway) {
        Bastion bastion = network.bastion();
        return Tunnels.to(bastion, "orders-db", gateway)
                .forward(Forward.local(DockerNetwork.DATABASE_HOST, DockerNetwork.DATABASE_PORT))
                .keepAlive(KeepAlive.every(Duration.ofMillis(500)).missed(3))
                .connectTimeout(Duration.ofSeconds(2))
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(200))
                        .backoff(Duration.ofMillis(200), Duration.ofSeconds(1))
                        .build())
                .build()
                .open();
    }

    private static HikariDataSource pool(ManagedTunnel tunnel) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(network.jdbcUrl(tunnel.address().getPort()));
        config.setUsername(DockerNetwork.DATABASE);
        config.setPassword(DockerNetwork.DATABASE);
        config.setMaximumPoolSize(THREADS);
        config.setConnectionTimeout(Duration.ofSeconds(30).toMillis());
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }
}
