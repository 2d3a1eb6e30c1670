package dev.managedtunnel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.boot.autoconfigure.ManagedTunnelAutoConfiguration;
import dev.managedtunnel.boot.autoconfigure.actuate.TunnelsHealthContributorAutoConfiguration;
import dev.managedtunnel.boot.autoconfigure.connection.JdbcTunnelAutoConfiguration;
import dev.managedtunnel.examples.demoservers.DemoServers;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.commons.logging.LogFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.mock.env.MockEnvironment;

/** An application whose database is behind a real SSH server. */
@Timeout(120)
class DataSourceBehindBastionIT {
    private static DemoServers servers;

    @BeforeAll
    static void startServers() throws Exception {
        servers = new DemoServers();
    }

    @AfterAll
    static void stopServers() throws Exception {
        servers.close();
    }

    /** What such an application has anyway, and five lines. */
    private static ApplicationContextRunner application(String forward) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        DataSourceAutoConfiguration.class,
                        JdbcTemplateAutoConfiguration.class,
                        ManagedTunnelAutoConfiguration.class,
                        JdbcTunnelAutoConfiguration.class,
                        TunnelsHealthContributorAutoConfiguration.class))
                .withPropertyValues(
                        "spring.datasource.url=" + servers.jdbcUrl(),
                        "spring.datasource.username=postgres",
                        "spring.datasource.hikari.maximum-pool-size=2")
                .withPropertyValues(
                        "managed-tunnel.tunnels.orders.gateway=" + servers.gateway(),
                        "managed-tunnel.tunnels.orders.credentials.private-key=" + servers.identity(),
                        "managed-tunnel.tunnels.orders.host-keys.known-hosts=" + servers.knownHosts(),
                        forward);
    }

    private static ApplicationContextRunner application() {
        return application("managed-tunnel.tunnels.orders.forwards=127.0.0.1:" + servers.databasePort());
    }

    @Test
    void fiveLinesPutADataSourceBehindABastion() {
        application().run(context -> {
            ManagedTunnel tunnel = context.getBean(ManagedTunnel.class);
            assertThat(tunnel.state()).isEqualTo(TunnelState.UP);
            assertThat(answer(context)).isEqualTo(42);
            assertThat(tunnel.status().activeConnections()).isPositive();
            assertThat(tunnel.status().bytesIn()).isPositive();
            assertThat(context.getBean(HikariDataSource.class).getJdbcUrl())
                    .contains("127.0.0.1:" + tunnel.address().getPort());
        });
    }

    @Test
    void aForwardThatListensNowhereIsEnoughForTheDriver() {
        application("managed-tunnel.tunnels.orders.forwards[0].local=127.0.0.1:" + servers.databasePort())
                .withPropertyValues("managed-tunnel.tunnels.orders.forwards[0].listen-on=in-process")
                .run(context -> {
                    assertThat(answer(context)).isEqualTo(42);
                    assertThat(context.getBean(ManagedTunnel.class).status().activeConnections())
                            .isPositive();
                });
    }

    @Test
    void aKeyThatIsNoFileIsGoodForEverySessionStart() throws Exception {
        String key = Base64.getEncoder().encodeToString(Files.readAllBytes(servers.identity()));
        application()
                .withPropertyValues("managed-tunnel.tunnels.orders.credentials.private-key=base64:" + key)
                .run(context -> {
                    ManagedTunnel tunnel = context.getBean(ManagedTunnel.class);
                    servers.cutSession();
                    awaitStarts(tunnel, 2);
                    assertThat(answer(context)).isEqualTo(42);
                });
    }

    @Test
    void aLostSessionEmptiesThePoolAndTheNextQueryIsAnswered() {
        application().run(context -> {
            ManagedTunnel tunnel = context.getBean(ManagedTunnel.class);
            int before = backend(context);
            assertThat(backend(context)).isEqualTo(before);

            servers.cutSession();
            awaitStarts(tunnel, 2);

            HikariDataSource pool = context.getBean(HikariDataSource.class);
            Awaitility.await().until(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
            assertThat(backend(context)).isNotEqualTo(before);
        });
    }

    @Test
    void queriesOnVirtualThreadsAreAnsweredAlsoAfterALoss() {
        application()
                .withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
                .withPropertyValues("spring.threads.virtual.enabled=true")
                .run(context -> {
                    assertQueriesAreAnswered(context);
                    servers.cutSession();
                    awaitStarts(context.getBean(ManagedTunnel.class), 2);
                    assertQueriesAreAnswered(context);
                });
    }

    private static void assertQueriesAreAnswered(ApplicationContext context) {
        AsyncTaskExecutor executor = context.getBean(AsyncTaskExecutor.class);
        List<CompletableFuture<String>> threads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            threads.add(executor.submitCompletable(() -> {
                assertThat(answer(context)).isEqualTo(42);
                return Thread.currentThread().toString();
            }));
        }
        assertThat(threads).allSatisfy(thread -> {
            // Spring asks for them from Java 21 on.
            String kind = Runtime.version().feature() < 21 ? "Thread[" : "VirtualThread[";
            assertThat(thread.join()).startsWith(kind);
        });
    }

    @Test
    void queriesWaitForAGatewayThatComesBack() throws Exception {
        servers.stopSsh();
        boolean[] started = {false};
        try {
            application()
                    .withPropertyValues(
                            "managed-tunnel.tunnels.orders.required=false",
                            "managed-tunnel.tunnels.orders.restart.max-delay=500ms",
                            "managed-tunnel.tunnels.orders.restart.min-spacing=100ms")
                    .run(context -> {
                        ManagedTunnel tunnel = context.getBean(ManagedTunnel.class);
                        assertThat(tunnel.state()).isNotEqualTo(TunnelState.UP);
                        CompletableFuture<Integer> answer = CompletableFuture.supplyAsync(() -> answer(context));
                        Awaitility.await().until(() -> tunnel.status().parkedConnections() > 0);

                        servers.startSsh();
                        started[0] = true;

                        assertThat(answer)
                                .succeedsWithin(Duration.ofSeconds(60))
                                .isEqualTo(42);
                    });
        } finally {
            if (!started[0]) {
                servers.startSsh();
            }
        }
    }

    @Test
    void tunnelsCloseAfterWhatUsesThem() {
        List<Boolean> poolWasClosed = new CopyOnWriteArrayList<>();
        application().run(context -> {
            HikariDataSource pool = context.getBean(HikariDataSource.class);
            assertThat(answer(context)).isEqualTo(42);
            context.getBean(ManagedTunnel.class).addListener(event -> {
                if (event instanceof TunnelEvent.StateChanged change && change.to() == TunnelState.CLOSED) {
                    poolWasClosed.add(pool.isClosed());
                }
            });

            context.close();
        });

        assertThat(poolWasClosed).containsExactly(true);
    }

    @Test
    @Timeout(60)
    void anOutageDoesNotHoldUpTheEndOfTheApplication() throws Exception {
        servers.stopSsh();
        try {
            application()
                    .withPropertyValues(
                            "managed-tunnel.tunnels.orders.required=false",
                            "managed-tunnel.tunnels.orders.parking.max-wait=1h",
                            "spring.datasource.hikari.connection-timeout=3600000")
                    .run(context -> {
                        ManagedTunnel tunnel = context.getBean(ManagedTunnel.class);
                        CompletableFuture<Integer> answer = CompletableFuture.supplyAsync(() -> answer(context));
                        Awaitility.await().until(() -> tunnel.status().parkedConnections() > 0);

                        context.close(); // would take an hour

                        assertThat(tunnel.state()).isEqualTo(TunnelState.CLOSED);
                        assertThat(answer).failsWithin(Duration.ofSeconds(60));
                    });
        } finally {
            servers.startSsh();
        }
    }

    @Test
    void anOutageIsSeenByReadinessOnly() {
        application()
                .withPropertyValues("managed-tunnel.tunnels.orders.restart.max-delay=500ms")
                .run(context -> {
                    assertThat(status(context, "tunnelsHealthContributor")).isEqualTo(Status.UP);
                    assertThat(status(context, "tunnelsLivenessHealthContributor"))
                            .isEqualTo(Status.UP);

                    servers.stopSsh();
                    try {
                        Awaitility.await()
                                .until(() -> status(context, "tunnelsHealthContributor")
                                        .equals(Status.OUT_OF_SERVICE));
                        assertThat(status(context, "tunnelsLivenessHealthContributor"))
                                .isEqualTo(Status.UP);
                    } finally {
                        servers.startSsh();
                    }
                    Awaitility.await()
                            .atMost(Duration.ofSeconds(60))
                            .until(() ->
                                    status(context, "tunnelsHealthContributor").equals(Status.UP));
                });
    }

    @Test
    void aHostKeyThatNobodyKnowsIsExplained() {
        application()
                .withPropertyValues("managed-tunnel.tunnels.orders.host-keys.known-hosts=/dev/null")
                .run(context -> assertThat(SpringFactoriesLoader.forDefaultResourceLocation()
                                .load(
                                        FailureAnalyzer.class,
                                        SpringFactoriesLoader.ArgumentResolver.of(
                                                Environment.class, new MockEnvironment()),
                                        SpringFactoriesLoader.FailureHandler.logging(
                                                LogFactory.getLog(DataSourceBehindBastionIT.class)))
                                .stream()
                                .map(analyzer -> analyzer.analyze(context.getStartupFailure()))
                                .filter(Objects::nonNull)
                                .findFirst())
                        .hasValueSatisfying(analysis -> {
                            assertThat(analysis.getDescription())
                                    .startsWith("Tunnel 'orders' can't be opened: ")
                                    .contains("SHA256:");
                            assertThat(analysis.getAction())
                                    .startsWith("Compare the fingerprint with the gateway's administrator")
                                    .contains("managed-tunnel.tunnels.orders.host-keys.known-hosts");
                        }));
    }

    @Test
    void aContextThatIsStartedAgainHasItsPortAgain() throws Exception {
        int port = TestTunnels.freePort();
        for (int start = 0; start < 3; start++) {
            application("managed-tunnel.tunnels.orders.forwards[0].local=127.0.0.1:" + servers.databasePort())
                    .withPropertyValues("managed-tunnel.tunnels.orders.forwards[0].listen-on=" + port)
                    .run(context -> {
                        assertThat(context.getBean(ManagedTunnel.class).address())
                                .extracting(InetSocketAddress::getPort)
                                .isEqualTo(port);
                        assertThat(answer(context)).isEqualTo(42);
                    });
        }
    }

    private static Status status(ApplicationContext context, String contributor) {
        return ((HealthIndicator) context.getBean(contributor, CompositeHealthContributor.class)
                        .getContributor("orders"))
                .health()
                .getStatus();
    }

    private static int answer(ApplicationContext context) {
        return context.getBean(JdbcTemplate.class).queryForObject("select 42", Integer.class);
    }

    private static int backend(ApplicationContext context) {
        return context.getBean(JdbcTemplate.class).queryForObject("select pg_backend_pid()", Integer.class);
    }

    private static void awaitStarts(ManagedTunnel tunnel, long starts) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(tunnel.status().starts()).isGreaterThanOrEqualTo(starts);
            assertThat(tunnel.state()).isEqualTo(TunnelState.UP);
        });
    }
}
