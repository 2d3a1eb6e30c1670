package dev.managedtunnel.boot.autoconfigure.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.boot.TestTunnels;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.JsonNode;

/** What operators see of a tunnel whose gateway is away. */
class ActuatorTest {
    private static final String[] AWAY = {
        "managed-tunnel.defaults.gateway=" + TestTunnels.NO_GATEWAY,
        "managed-tunnel.defaults.credentials.password=secret",
        "managed-tunnel.tunnels.orders.forwards=db.internal:5432",
        "managed-tunnel.tunnels.orders.required=false",
        "managed-tunnel.tunnels.orders.restart.first-delay=1h",
        "managed-tunnel.tunnels.orders.restart.max-delay=1h",
        "managed-tunnel.tunnels.orders.restart.min-spacing=0s"
    };

    /** As it is without a word about the Actuator, but for what is exposed. */
    private static WebApplication plain;
    /** All that can be asked for. */
    private static WebApplication open;

    @BeforeAll
    static void startApplications() {
        plain = new WebApplication(AWAY);
        open = new WebApplication(Stream.concat(
                        Arrays.stream(AWAY),
                        Stream.of(
                                "management.endpoint.tunnels.access=unrestricted",
                                "management.info.tunnels.enabled=true",
                                "management.endpoint.health.probes.enabled=true",
                                "management.endpoint.health.show-details=always",
                                "management.endpoint.health.group.readiness.include=readinessState,tunnels",
                                "management.endpoint.health.group.liveness.include=livenessState,tunnelsLiveness"))
                .toArray(String[]::new));
        awaitFailures(plain, 2);
        awaitFailures(open, 2);
    }

    @AfterAll
    static void stopApplications() {
        open.close();
        plain.close();
    }

    @Test
    void theEndpointShowsAllTunnelsAndEachOne() throws Exception {
        JsonNode one = plain.json("/actuator/tunnels").at("/tunnels/orders");

        assertThat(one).isEqualTo(plain.json("/actuator/tunnels/orders"));
        assertThat(one.get("name").asString()).isEqualTo("orders");
        assertThat(one.get("state").asString()).isEqualTo("BACKING_OFF");
        assertThat(one.get("gateway").asString()).isEqualTo(TestTunnels.NO_GATEWAY);
        assertThat(one.get("starts").asLong()).isEqualTo(2);
        assertThat(one.at("/connections/parked").asInt()).isZero();
        assertThat(one.at("/lastFailure/reason").asString()).isEqualTo("connect_refused");
        assertThat(one.at("/lastFailure/message").asString()).startsWith("cannot connect to nobody@127.0.0.1:1");
        assertThat(one.at("/lastFailure/remedy").asString())
                .isEqualTo("check that the SSH server runs and listens on that port");
        assertThat(one.at("/forwards/0/name").asString()).isEqualTo("db.internal:5432");
        assertThat(one.at("/forwards/0/listening").asString()).startsWith("127.0.0.1:");
        assertThat(one.get("nextAttempt").asString()).isNotBlank();
        assertThat(one.toString()).doesNotContain("secret");
        assertThat(plain.get("/actuator/tunnels/nothing").statusCode()).isEqualTo(404);
    }

    @Test
    void theEndpointOnlyReadsUnlessAsked() throws Exception {
        assertThat(act(plain, "orders", "reconnect")).isEqualTo(405);
        assertThat(act(plain, "orders", "restart")).isEqualTo(405);
    }

    @Test
    void theEndpointReconnectsAndRestarts() throws Exception {
        assertThat(act(open, "orders", "reconnect")).isEqualTo(204);
        awaitFailures(open, 3);
        assertThat(act(open, "orders", "restart")).isEqualTo(204);
        assertThat(act(open, "nothing", "restart")).isEqualTo(400);
        assertThat(act(open, "orders", "dance")).isEqualTo(400);
    }

    @Test
    void anAbsentGatewayOfATunnelThatIsNotRequiredHarmsNobody() throws Exception {
        JsonNode tunnel = open.json("/actuator/health/readiness").at("/components/tunnels/components/orders");

        assertThat(tunnel.get("status").asString()).isEqualTo("UNKNOWN");
        assertThat(tunnel.at("/details/state").asString()).isIn("BACKING_OFF", "CONNECTING");
        assertThat(tunnel.at("/details/lastFailure").asString()).startsWith("cannot connect to");
        assertThat(tunnel.at("/details/remedy").asString()).startsWith("check that the SSH server runs");
        assertThat(open.get("/actuator/health/readiness").statusCode()).isEqualTo(200);
        assertThat(open.get("/actuator/health/liveness").statusCode()).isEqualTo(200);
    }

    @Test
    void informationIsForThoseWhoAskForIt() throws Exception {
        assertThat(plain.json("/actuator/info").has("tunnels")).isFalse();

        JsonNode tunnel = open.json("/actuator/info").at("/tunnels/orders");
        assertThat(tunnel.get("gateway").asString()).isEqualTo(TestTunnels.NO_GATEWAY);
        assertThat(tunnel.at("/forwards/0").asString()).contains("-> db.internal:5432");
        assertThat(tunnel.has("state")).isTrue();
    }

    @Test
    void allTunnelsAreMetered() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        TestTunnels.withOrders()
                .withConfiguration(
                        AutoConfigurations.of(MetricsAutoConfiguration.class, TunnelMetricsAutoConfiguration.class))
                .withBean(MeterRegistry.class, () -> registry)
                .withPropertyValues("managed-tunnel.tunnels.stock.forwards=stock.internal:3306")
                .run(context -> {
                    assertThat(registry.get("tunnel.up")
                                    .tag("tunnel", "orders")
                                    .gauge()
                                    .value())
                            .isZero();
                    assertThat(registry.get("tunnel.up")
                                    .tag("tunnel", "stock")
                                    .gauge()
                                    .value())
                            .isZero();
                });
    }

    @Test
    void sessionStartsAreObservedWhereThereIsARegistry() {
        Queue<String> observed = new ConcurrentLinkedQueue<>();
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                observed.add(context.getContextualName());
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        ApplicationContextRunner application = TestTunnels.withOrders()
                .withConfiguration(AutoConfigurations.of(
                        ObservationAutoConfiguration.class, TunnelObservationsAutoConfiguration.class));
        application
                .withBean(ObservationRegistry.class, () -> registry)
                .run(context -> Awaitility.await()
                        .untilAsserted(() -> assertThat(observed).contains("session start orders")));
        application
                .withClassLoader(new FilteredClassLoader(ObservationRegistry.class))
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void healthCanBeSwitchedOff() {
        TestTunnels.withOrders()
                .withConfiguration(AutoConfigurations.of(TunnelsHealthContributorAutoConfiguration.class))
                .withPropertyValues("management.health.tunnels.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean("tunnelsHealthContributor"));
    }

    @Test
    void withoutTunnelsNothingIsTold() {
        TestTunnels.contextRunner()
                .withConfiguration(AutoConfigurations.of(TunnelsHealthContributorAutoConfiguration.class))
                .run(context -> assertThat(context).doesNotHaveBean("tunnelsHealthContributor"));
    }

    private static void awaitFailures(WebApplication application, long starts) {
        ManagedTunnel tunnel = application.context().getBean(ManagedTunnel.class);
        Awaitility.await().untilAsserted(() -> {
            assertThat(tunnel.status().starts()).isEqualTo(starts);
            assertThat(tunnel.state()).isEqualTo(TunnelState.BACKING_OFF);
        });
    }

    private static int act(WebApplication application, String tunnel, String action) throws Exception {
        return application
                .post("/actuator/tunnels/" + tunnel, "{\"action\": \"" + action + "\"}")
                .statusCode();
    }
}
