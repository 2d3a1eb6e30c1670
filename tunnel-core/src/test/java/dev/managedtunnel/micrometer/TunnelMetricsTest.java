package dev.managedtunnel.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.link.StartPhase;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TunnelMetricsTest {
    private static final int FORWARDS = 2;
    private static final int PROBES = 2;

    private final MockClock clock = new MockClock();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
    private final FakeTunnel tunnel = new FakeTunnel("orders-db");

    TunnelMetricsTest() {
        clock.add(FakeTunnel.NOW.toEpochMilli() - clock.wallTime(), TimeUnit.MILLISECONDS);
        new TunnelMetrics(tunnel).bindTo(registry);
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    @Test
    void everySeriesExistsFromTheStartAndReadsZero() {
        assertThat(series(Meters.STATE)).isEqualTo(TunnelState.values().length);
        assertThat(series(Meters.START_FAILURES)).isEqualTo(FailureReason.values().length);
        assertThat(series(Meters.LAST_FAILURE)).isEqualTo(FailureReason.values().length);
        assertThat(series(Meters.LOSSES)).isEqualTo(FailureReason.values().length);
        assertThat(series(Meters.CONNECTIONS)).isEqualTo(FORWARDS * ConnectionOutcome.values().length);
        assertThat(series(Meters.BYTES)).isEqualTo(FORWARDS * 2);
        assertThat(series(Meters.CONNECT)).isEqualTo(StartPhase.values().length);
        assertThat(series(Meters.PROBE_HEALTHY)).isEqualTo(PROBES);
        assertThat(series(Meters.PROBE_RESULTS)).isEqualTo(PROBES * 2);
        for (String one : List.of(
                Meters.UP,
                Meters.STATE_AGE,
                Meters.SESSIONS,
                Meters.SESSION_AGE,
                Meters.KEEPALIVE_RTT,
                Meters.RETRY_DELAY,
                Meters.STARTS,
                Meters.OUTAGE)) {
            assertThat(series(one)).as(one).isEqualTo(1);
        }
        for (String perForward : List.of(
                Meters.CONNECTIONS_ACTIVE, Meters.CONNECTIONS_PARKED, Meters.CHANNEL_OPEN, Meters.PARKED_TIME)) {
            assertThat(series(perForward)).as(perForward).isEqualTo(FORWARDS);
        }
        assertThat(registry.getMeters())
                .filteredOn(meter -> !List.of(Meters.KEEPALIVE_RTT, Meters.PROBE_HEALTHY)
                                .contains(meter.getId().getName())
                        && !(meter.getId().getName().equals(Meters.STATE)
                                && "connecting".equals(meter.getId().getTag("state"))))
                .allSatisfy(meter -> assertThat(meter.measure())
                        .allSatisfy(measurement ->
                                assertThat(measurement.getValue()).isZero()));
    }

    @Test
    void everySeriesHasTheTunnelsNameAndADescription() {
        assertThat(registry.getMeters()).isNotEmpty().allSatisfy(meter -> {
            assertThat(meter.getId().getTag("tunnel")).isEqualTo("orders-db");
            assertThat(meter.getId().getDescription()).isNotBlank();
            assertThat(meter.getId().getTags())
                    .extracting(Tag::getValue)
                    .allSatisfy(value -> assertThat(value).isNotBlank());
        });
    }

    @Test
    void theRoundTripIsUnknownBeforeTheFirstKeepAliveIsAnswered() {
        tunnel.sessionAge = Duration.ofSeconds(1);
        assertThat(timeGauge(Meters.KEEPALIVE_RTT)).isNaN();
    }

    @Test
    void aSecondTunnelOfTheSameNameIsRefusedAndTheFirstKeepsItsMeters() {
        List<Meter> before = registry.getMeters();
        FakeTunnel second = new FakeTunnel("orders-db");
        second.state = TunnelState.UP;
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> new TunnelMetrics(second).bindTo(registry))
                .withMessage(
                        "tunnel metrics: another tunnel 'orders-db' has its meters in this registry; close it first,"
                                + " rename one, or tell them apart with new TunnelMetrics(tunnel, tags)");
        assertThat(registry.getMeters()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(gauge(Meters.UP)).isZero();
        second.close();
        assertThat(registry.getMeters()).hasSameSizeAs(before);
    }

    @Test
    void tunnelsOfTheSameNameAreToldApartByFurtherTags() {
        FakeTunnel second = new FakeTunnel("orders-db");
        second.state = TunnelState.UP;
        new TunnelMetrics(second, Tags.of("tenant", "b")).bindTo(registry);
        assertThat(gauge(Meters.UP, "tenant", "b")).isEqualTo(1);
    }

    @Test
    void aRegistrysOwnTagsDoNotHideThatTheNameIsTaken() {
        SimpleMeterRegistry tagged = new SimpleMeterRegistry();
        tagged.config().commonTags("application", "shop");
        new TunnelMetrics(tunnel).bindTo(tagged);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> new TunnelMetrics(new FakeTunnel("orders-db")).bindTo(tagged));
        tagged.close();
    }

    @Test
    void theNextTunnelOfTheNameTakesOverWhenTheFirstIsClosed() {
        tunnel.close();
        FakeTunnel second = new FakeTunnel("orders-db");
        second.state = TunnelState.UP;
        new TunnelMetrics(second).bindTo(registry);
        assertThat(gauge(Meters.UP)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void oneStateIsOneAndTheOthersAreZero(TunnelState state) {
        tunnel.state = state;
        for (TunnelState any : TunnelState.values()) {
            String tag = switch (any) {
                case CONNECTING -> "connecting";
                case UP -> "up";
                case DEGRADED -> "degraded";
                case BACKING_OFF -> "backing_off";
                case FAILED -> "failed";
                case CLOSED -> "closed";
            };
            assertThat(gauge(Meters.STATE, "state", tag)).as(tag).isEqualTo(any == state ? 1 : 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void upIsOneWhileConnectionsAreServed(TunnelState state) {
        tunnel.state = state;
        boolean serving = state == TunnelState.UP || state == TunnelState.DEGRADED;
        assertThat(gauge(Meters.UP)).isEqualTo(serving ? 1 : 0);
    }

    @Test
    void sessionsAreCountedAndMeasuredByGatewayAndThoseThatAreReplacedLeftOut() {
        FakeTunnel two = new FakeTunnel("two");
        String second = "deploy@bastion2:22";
        two.moreStarts.put(Gateway.parse(second), 2L);
        new TunnelMetrics(two).bindTo(registry);
        assertThat(gauge(Meters.SESSIONS, "gateway", second)).isZero();
        two.sessionAge = Duration.ofSeconds(9);
        for (long age : new long[] {7, 5}) {
            two.moreSessions.add(new TunnelStatus.Session(Gateway.parse(second), Duration.ofSeconds(age), null, false));
        }
        two.moreSessions.add(new TunnelStatus.Session(FakeTunnel.GATEWAY, Duration.ofDays(1), null, true));
        assertThat(gauge(Meters.SESSIONS, "gateway", second)).isEqualTo(2);
        assertThat(timeGauge(Meters.SESSION_AGE, "gateway", second)).isEqualTo(7);
        assertThat(counter(Meters.STARTS, "gateway", second)).isEqualTo(2);
        assertThat(gauge(Meters.SESSIONS, "tunnel", "two", "gateway", FakeTunnel.GATEWAY.toString()))
                .isEqualTo(1);
        two.close();
    }

    @Test
    void aSessionIsSeenByItsGateway() {
        tunnel.sessionAge = Duration.ofMillis(90_500);
        tunnel.roundTrip = Duration.ofNanos(250_000);
        tunnel.starts = 3;
        String gateway = "deploy@bastion:22";
        assertThat(gauge(Meters.SESSIONS, "gateway", gateway)).isEqualTo(1);
        assertThat(timeGauge(Meters.SESSION_AGE, "gateway", gateway)).isEqualTo(90.5);
        assertThat(timeGauge(Meters.KEEPALIVE_RTT, "gateway", gateway)).isEqualTo(0.000_25);
        assertThat(counter(Meters.STARTS, "gateway", gateway)).isEqualTo(3);
        tunnel.sessionAge = null;
        tunnel.roundTrip = null;
        assertThat(gauge(Meters.SESSIONS)).isZero();
        assertThat(timeGauge(Meters.SESSION_AGE)).isZero();
        assertThat(timeGauge(Meters.KEEPALIVE_RTT)).isNaN();
    }

    @Test
    void theRetryDelayCountsDownToZero() {
        tunnel.nextAttempt = FakeTunnel.NOW.plusSeconds(8);
        assertThat(timeGauge(Meters.RETRY_DELAY)).isEqualTo(8);
        clock.add(Duration.ofSeconds(5));
        assertThat(timeGauge(Meters.RETRY_DELAY)).isEqualTo(3);
        clock.add(Duration.ofSeconds(5));
        assertThat(timeGauge(Meters.RETRY_DELAY)).isZero();
    }

    @Test
    void theStateGrowsOld() {
        clock.add(Duration.ofSeconds(5));
        assertThat(timeGauge(Meters.STATE_AGE)).isEqualTo(5);
        clock.add(Duration.ofSeconds(-6));
        assertThat(timeGauge(Meters.STATE_AGE))
                .as("with the machine's clock set back")
                .isZero();
    }

    @Test
    void failedStartsAreCountedByReason() {
        tunnel.startFailures.put(FailureReason.AUTH_REJECTED, 2L);
        assertThat(counter(Meters.START_FAILURES, "reason", "auth_rejected")).isEqualTo(2);
        assertThat(counter(Meters.START_FAILURES, "reason", "connect_refused")).isZero();
    }

    @Test
    void theReasonOfTheLastFailureIsOne() {
        tunnel.lastFailure = new TunnelException(FailureReason.HOST_KEY_CHANGED, "another key", null);
        assertThat(gauge(Meters.LAST_FAILURE, "reason", "host_key_changed")).isEqualTo(1);
        assertThat(gauge(Meters.LAST_FAILURE, "reason", "host_key_unknown")).isZero();
    }

    @Test
    void lossesAreCountedByReason() {
        tunnel.losses.put(FailureReason.KEEPALIVE_TIMEOUT, 4L);
        assertThat(counter(Meters.LOSSES, "reason", "keepalive_timeout")).isEqualTo(4);
        assertThat(counter(Meters.LOSSES, "reason", "connection_lost")).isZero();
    }

    @Test
    void connectionsAndBytesAreCountedByForward() {
        tunnel.active = 5;
        tunnel.parked = 6;
        tunnel.bytesIn = 7;
        tunnel.bytesOut = 8;
        tunnel.outcomes.put(ConnectionOutcome.SERVED, 9L);
        assertThat(gauge(Meters.CONNECTIONS_ACTIVE, "forward", "orders")).isEqualTo(5);
        assertThat(gauge(Meters.CONNECTIONS_PARKED, "forward", "orders")).isEqualTo(6);
        assertThat(counter(Meters.BYTES, "forward", "orders", "direction", "in"))
                .isEqualTo(7);
        assertThat(counter(Meters.BYTES, "forward", "orders", "direction", "out"))
                .isEqualTo(8);
        assertThat(counter(Meters.CONNECTIONS, "forward", "orders", "outcome", "served"))
                .isEqualTo(9);
        assertThat(gauge(Meters.CONNECTIONS_ACTIVE, "forward", "replica")).isZero();
        assertThat(counter(Meters.BYTES, "forward", "replica", "direction", "in"))
                .isZero();
        assertThat(counter(Meters.CONNECTIONS, "forward", "replica", "outcome", "served"))
                .isZero();
    }

    @Test
    void aProbeIsHealthyUntilItFailsAndItsResultsAreCounted() {
        assertThat(gauge(Meters.PROBE_HEALTHY, "probe", "isValid")).isEqualTo(1);
        tunnel.probeIsHealthy = false;
        tunnel.goodChecks = 5;
        tunnel.failedChecks = 3;
        assertThat(gauge(Meters.PROBE_HEALTHY, "probe", "isValid")).isZero();
        assertThat(gauge(Meters.PROBE_HEALTHY, "probe", "echo-loop")).isEqualTo(1);
        assertThat(counter(Meters.PROBE_RESULTS, "probe", "isValid", "result", "good"))
                .isEqualTo(5);
        assertThat(counter(Meters.PROBE_RESULTS, "probe", "isValid", "result", "failed"))
                .isEqualTo(3);
        assertThat(counter(Meters.PROBE_RESULTS, "probe", "echo-loop", "result", "good"))
                .isZero();
    }

    @Test
    void allAreRemovedWhenTheTunnelIsClosedAndNotBefore() {
        int all = registry.getMeters().size();
        tunnel.moveTo(TunnelState.UP);
        tunnel.moveTo(TunnelState.BACKING_OFF);
        tunnel.moveTo(TunnelState.FAILED);
        assertThat(registry.getMeters()).hasSize(all);
        tunnel.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void theMetersOfAForwardComeAndGoWithIt() {
        List<Meter.Id> before = ids(registry);
        tunnel.addForward(Forward.local("db3", 5432).named("late"));
        assertThat(gauge(Meters.CONNECTIONS_ACTIVE, "forward", "late")).isZero();
        assertThat(registry.get(Meters.CHANNEL_OPEN)
                        .tags("forward", "late")
                        .timer()
                        .count())
                .isZero();
        assertThat(series(Meters.CONNECTIONS)).isEqualTo((FORWARDS + 1) * ConnectionOutcome.values().length);
        tunnel.removeForward("late");
        assertThat(ids(registry)).containsExactlyInAnyOrderElementsOf(before);
        tunnel.removeForward("orders");
        tunnel.removeForward("replica");
        assertThat(registry.getMeters())
                .isNotEmpty()
                .allSatisfy(meter -> assertThat(meter.getId().getTag("forward")).isNull());
        tunnel.addForward(Forward.local("db", 5432).named("orders"));
        tunnel.active = 3;
        assertThat(gauge(Meters.CONNECTIONS_ACTIVE, "forward", "orders")).isEqualTo(3);
        tunnel.close();
        tunnel.addForward(Forward.local("db3", 5432).named("after"));
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void ofATunnelThatIsClosedAlreadyNothingStays() {
        SimpleMeterRegistry late = new SimpleMeterRegistry();
        tunnel.close();
        new TunnelMetrics(tunnel).bindTo(late);
        assertThat(late.getMeters()).isEmpty();
        late.close();
    }

    @Test
    void twoRegistriesAreServedAlike() {
        SimpleMeterRegistry second = new SimpleMeterRegistry();
        new TunnelMetrics(tunnel).bindTo(second);
        assertThat(ids(second)).containsExactlyInAnyOrderElementsOf(ids(registry));
        tunnel.close();
        assertThat(registry.getMeters()).isEmpty();
        assertThat(second.getMeters()).isEmpty();
        second.close();
    }

    @Test
    void theSecondBindingToOneRegistryChangesNothing() {
        int all = registry.getMeters().size();
        new TunnelMetrics(tunnel).bindTo(registry);
        assertThat(registry.getMeters()).hasSize(all);
        tunnel.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void twoTunnelsAreToldApartAndEndOnTheirOwn() {
        FakeTunnel other = new FakeTunnel("billing-db");
        new TunnelMetrics(other).bindTo(registry);
        tunnel.starts = 1;
        other.starts = 2;
        assertThat(counter(Meters.STARTS, "tunnel", "orders-db")).isEqualTo(1);
        assertThat(counter(Meters.STARTS, "tunnel", "billing-db")).isEqualTo(2);
        tunnel.close();
        assertThat(registry.getMeters())
                .isNotEmpty()
                .allSatisfy(meter -> assertThat(meter.getId().getTag("tunnel")).isEqualTo("billing-db"));
    }

    @Test
    void moreTagsAreAddedToEachSeries() {
        SimpleMeterRegistry tagged = new SimpleMeterRegistry();
        new TunnelMetrics(tunnel, Tags.of("app", "shop")).bindTo(tagged);
        assertThat(tagged.getMeters()).isNotEmpty().allSatisfy(meter -> {
            assertThat(meter.getId().getTag("app")).isEqualTo("shop");
            assertThat(meter.getId().getTag("tunnel")).isEqualTo("orders-db");
        });
        tagged.close();
    }

    private static List<Meter.Id> ids(SimpleMeterRegistry registry) {
        return registry.getMeters().stream().map(Meter::getId).toList();
    }

    private int series(String name) {
        return registry.get(name).meters().size();
    }

    private double gauge(String name, String... tags) {
        return registry.get(name).tags(tags).gauge().value();
    }

    private double timeGauge(String name, String... tags) {
        return registry.get(name).tags(tags).timeGauge().value(TimeUnit.SECONDS);
    }

    private double counter(String name, String... tags) {
        return registry.get(name).tags(tags).functionCounter().count();
    }
}
