package dev.managedtunnel.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.GlobalObservationConvention;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** With a real server, see {@code ObservationsIT}. */
class TunnelObservationsTest {
    private static final Gateway FIRST = Gateway.parse("deploy@bastion");
    private static final Gateway SECOND = Gateway.parse("deploy@bastion2");

    /** A row of the table in docs/metrics.md: key, cardinality, meaning. */
    private static final Pattern ROW =
            Pattern.compile("^\\| `(?<key>[a-z]+)` \\| (?<cardinality>low|high) \\| .+ \\|$", Pattern.MULTILINE);

    private final ObservationRegistry registry = ObservationRegistry.create();
    private final TunnelObservations observations = new TunnelObservations(registry);
    private final List<Observation.Context> started = new ArrayList<>();
    private final List<Observation.Context> stopped = new ArrayList<>();

    TunnelObservationsTest() {
        registry.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public void onStart(Observation.Context context) {
                started.add(context);
            }

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

    private void began(String tunnel, Gateway gateway, long start) {
        observations.onEvent(new TunnelEvent.StartBegan(tunnel, Instant.EPOCH, gateway, start));
    }

    private void succeeded(String tunnel, Gateway gateway, long start) {
        observations.onEvent(
                new TunnelEvent.StartSucceeded(tunnel, Instant.EPOCH, gateway, start, Duration.ofMillis(90)));
    }

    private TunnelException failed(String tunnel, Gateway gateway, long start) {
        TunnelException why = new TunnelException(FailureReason.AUTH_REJECTED, "it said no", null);
        observations.onEvent(new TunnelEvent.StartFailed(tunnel, Instant.EPOCH, gateway, start, why));
        return why;
    }

    private void moved(String tunnel, TunnelState to, @Nullable TunnelException why) {
        observations.onEvent(new TunnelEvent.StateChanged(tunnel, Instant.EPOCH, TunnelState.CONNECTING, to, why));
    }

    private static Map<String, String> map(KeyValues keys) {
        Map<String, String> map = new TreeMap<>();
        keys.forEach(key -> map.put(key.getKey(), key.getValue()));
        return map;
    }

    private static Map<String, String> low(Observation.Context context) {
        return map(context.getLowCardinalityKeyValues());
    }

    private static Map<String, String> high(Observation.Context context) {
        return map(context.getHighCardinalityKeyValues());
    }

    @Test
    void aStartThatComesUpIsObservedFromItsBeginningToItsEnd() {
        began("orders", FIRST, 1);
        assertThat(stopped).isEmpty();
        assertThat(low(started.get(0)))
                .isEqualTo(Map.of(
                        "tunnel", "orders", "gateway", "deploy@bastion:22", "outcome", "pending", "reason", "none"));
        succeeded("orders", FIRST, 1);
        Observation.Context over = stopped.get(0);
        assertThat(over.getName()).isEqualTo("tunnel.session.start");
        assertThat(over.getContextualName()).isEqualTo("session start orders");
        assertThat(low(over)).containsEntry("outcome", "up").containsEntry("reason", "none");
        assertThat(high(over)).isEqualTo(Map.of("start", "1"));
        assertThat(over.getError()).isNull();
        assertThat(over.getParentObservation()).isNull();
    }

    @Test
    void aStartThatFailsHasReasonDetailAndError() {
        began("orders", FIRST, 7);
        TunnelException why = failed("orders", FIRST, 7);
        Observation.Context over = stopped.get(0);
        assertThat(low(over)).containsEntry("outcome", "failed").containsEntry("reason", "auth_rejected");
        assertThat(high(over)).isEqualTo(Map.of("start", "7", "detail", "it said no"));
        assertThat(over.getError()).isSameAs(why);
    }

    @Test
    void startsThatOverlapAreToldApart() {
        began("orders", FIRST, 1);
        began("orders", SECOND, 2);
        began("stock", FIRST, 1);
        succeeded("orders", SECOND, 2);
        failed("stock", FIRST, 1);
        succeeded("orders", FIRST, 1);
        assertThat(stopped)
                .extracting(over -> low(over).get("tunnel") + " " + high(over).get("start") + " "
                        + low(over).get("outcome"))
                .containsExactly("orders 2 up", "stock 1 failed", "orders 1 up");
    }

    @Test
    void whatIsUnderWayWhenTheTunnelEndsIsCancelledAndOnlyThat() {
        began("orders", FIRST, 1);
        began("orders", SECOND, 2);
        began("stock", FIRST, 1);
        moved("orders", TunnelState.BACKING_OFF, null);
        assertThat(stopped).isEmpty();
        moved("orders", TunnelState.CLOSED, null);
        assertThat(stopped)
                .hasSize(2)
                .allSatisfy(over -> assertThat(low(over))
                        .containsEntry("tunnel", "orders")
                        .containsEntry("outcome", "cancelled")
                        .containsEntry("reason", "none"));
        moved("orders", TunnelState.CLOSED, null);
        assertThat(stopped).hasSize(2);
        moved("stock", TunnelState.FAILED, new TunnelException(FailureReason.AUTH_REJECTED, "another slot", null));
        assertThat(stopped).hasSize(3);
    }

    @Test
    void theEndOfAStartThatBeganUnobservedIsNone() {
        succeeded("orders", FIRST, 1);
        failed("orders", FIRST, 2);
        assertThat(started).isEmpty();
        assertThat(stopped).isEmpty();
    }

    @Test
    void aRegistryThatObservesNothingIsNoTrouble() {
        TunnelObservations nobody = new TunnelObservations(ObservationRegistry.NOOP);
        assertThatCode(() -> {
                    nobody.onEvent(new TunnelEvent.StartBegan("orders", Instant.EPOCH, FIRST, 1));
                    nobody.onEvent(new TunnelEvent.StateChanged(
                            "orders", Instant.EPOCH, TunnelState.CONNECTING, TunnelState.CLOSED, null));
                })
                .doesNotThrowAnyException();
    }

    @Test
    void anApplicationMayHaveAConventionOfItsOwn() {
        registry.observationConfig().observationConvention(new GlobalObservationConvention<SessionStartContext>() {
            @Override
            public String getName() {
                return "ssh.start";
            }

            @Override
            public KeyValues getLowCardinalityKeyValues(SessionStartContext context) {
                return KeyValues.of(KeyValue.of(
                        "ssh.permanent",
                        String.valueOf(context.failure()
                                .map(why -> why.reason().isPermanent())
                                .orElse(false))));
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return context instanceof SessionStartContext;
            }
        });
        began("orders", FIRST, 1);
        failed("orders", FIRST, 1);
        assertThat(stopped.get(0).getName()).isEqualTo("ssh.start");
        assertThat(low(stopped.get(0))).isEqualTo(Map.of("ssh.permanent", "true"));
    }

    @Test
    void theTableNamesExactlyTheKeysThatAFailedStartHas() throws IOException {
        Path page = Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolveSibling("docs/metrics.md");
        List<String> documented = ROW.matcher(Files.readString(page))
                .results()
                .map(row -> row.group(1) + " " + row.group(2))
                .toList();
        began("orders", FIRST, 1);
        failed("orders", FIRST, 1);
        List<String> there = new ArrayList<>();
        low(stopped.get(0)).keySet().forEach(key -> there.add(key + " low"));
        high(stopped.get(0)).keySet().forEach(key -> there.add(key + " high"));
        assertThat(documented).hasSize(6).containsExactlyInAnyOrderElementsOf(there);
    }
}
