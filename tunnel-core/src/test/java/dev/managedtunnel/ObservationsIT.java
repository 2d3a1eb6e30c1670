package dev.managedtunnel;

import static io.micrometer.observation.tck.TestObservationRegistryAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.micrometer.TunnelObservations;
import dev.managedtunnel.testing.FaultRelay;
import dev.managedtunnel.testing.NoLeaks;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.tck.TestObservationRegistry;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Session starts to a real server, observed. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class ObservationsIT extends WithOpenSsh {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String START = "tunnel.session.start";

    private final TestObservationRegistry registry = TestObservationRegistry.create();
    private final Queue<Observation.Context> stopped = new ConcurrentLinkedQueue<>();

    ObservationsIT() {
        registry.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                stopped.add(context);
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
    }

    private TunnelSpec.Builder spec(int port) {
        return Tunnels.to(server, "orders", Gateway.of(server.user(), "127.0.0.1", port))
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(100))
                        .backoff(Duration.ofMillis(100), Duration.ofMillis(300))
                        .build())
                .forward(Forward.local("db", 5432))
                .listener(new TunnelObservations(registry));
    }

    private long stopped(String outcome) {
        return stopped.stream()
                .filter(one ->
                        one.getLowCardinalityKeyValue("outcome").getValue().equals(outcome))
                .count();
    }

    @Test
    void theFirstStartIsObservedAndSoIsEachFurtherOne() {
        try (ManagedTunnel tunnel = spec(server.port()).build().open()) {
            await().atMost(SOON).until(() -> stopped("up") == 1);
            server.killSessions();
            await().atMost(SOON).until(() -> stopped("up") == 2);
            tunnel.restart();
            await().atMost(SOON).until(() -> stopped("up") == 3);
        }
        assertThat(registry)
                .doesNotHaveAnyRemainingCurrentObservation()
                .hasNumberOfObservationsWithNameEqualTo(START, 3)
                .forAllObservationsWithNameEqualTo(
                        START,
                        start -> start.hasLowCardinalityKeyValue("tunnel", "orders")
                                .hasLowCardinalityKeyValue("gateway", server.user() + "@127.0.0.1:" + server.port())
                                .hasLowCardinalityKeyValue("reason", "none")
                                .doesNotHaveError()
                                .doesNotHaveParentObservation());
    }

    @Test
    void aFailedStartHasItsReasonAndOneUnderWayWhenTheTunnelIsClosedIsCancelled() {
        try (FaultRelay relay = FaultRelay.to(server.port())) {
            relay.refuseNew();
            try (ManagedTunnel tunnel = spec(relay.port()).build().start()) {
                await().atMost(SOON).until(() -> stopped("failed") > 0);
                relay.holdNew();
                await().atMost(SOON).until(() -> relay.live() == 1);
            }
        }
        await().atMost(SOON).until(() -> stopped("cancelled") == 1);
        assertThat(registry)
                .hasAnObservation(start -> start.hasNameEqualTo(START)
                        .hasLowCardinalityKeyValue("outcome", "failed")
                        .hasLowCardinalityKeyValue("reason", "connect_refused")
                        .hasHighCardinalityKeyValue("start", "1")
                        .hasHighCardinalityKeyValueWithKey("detail")
                        .hasError())
                .hasAnObservation(start -> start.hasNameEqualTo(START)
                        .hasLowCardinalityKeyValue("outcome", "cancelled")
                        .doesNotHaveError());
    }

    @Test
    void startsThatOverlapAreObservedSideBySide() {
        try (FaultRelay relay = FaultRelay.to(server.port())) {
            relay.delay(Duration.ofMillis(50));
            RestartPolicy hasty =
                    RestartPolicy.builder().minSpacing(Duration.ZERO).build();
            try (ManagedTunnel tunnel =
                    spec(relay.port()).redundancy(2).restart(hasty).build().start()) {
                await().atMost(SOON).until(() -> stopped("up") == 2);
                assertThat(tunnel.status().sessions()).hasSize(2);
            }
        }
        assertThat(registry)
                .hasAnObservation(start -> start.hasHighCardinalityKeyValue("start", "1"))
                .hasAnObservation(start -> start.hasHighCardinalityKeyValue("start", "2"));
    }
}
