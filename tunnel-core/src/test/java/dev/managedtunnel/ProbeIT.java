package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.micrometer.TunnelMetrics;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Probes through a real server. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class ProbeIT extends WithOpenSsh {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Queue<TunnelEvent> events = new ConcurrentLinkedQueue<>();
    private final Target echo = Target.tcp(Targets.echo());
    private final Target service = Target.tcp(Targets.echo());

    @AfterEach
    void stopTargets() {
        echo.close();
        service.close();
    }

    private static Probe often(Probe probe) {
        return probe.every(Duration.ofMillis(200)).failAfter(2, 3).recoverAfter(2);
    }

    private TunnelSpec.Builder spec(OpenSshServer at, Probe... probes) {
        TunnelSpec.Builder builder = Tunnels.to(at, "probed")
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(200))
                        .backoff(Duration.ofMillis(200), Duration.ofSeconds(1))
                        .build())
                .forward(Forward.local(service.host(), service.port()))
                .listener(events::add);
        List.of(probes).forEach(builder::probe);
        return builder;
    }

    private ManagedTunnel open(Probe... probes) {
        return spec(server, probes).build().open();
    }

    private static void awaitState(ManagedTunnel tunnel, TunnelState state) {
        await().atMost(SOON).until(() -> tunnel.state() == state);
    }

    private static TunnelStatus.Probed probed(ManagedTunnel tunnel) {
        return tunnel.status().probes().get(0);
    }

    private static void awaitProbe(ManagedTunnel tunnel, Predicate<TunnelStatus.Probed> condition) {
        await().atMost(SOON).until(() -> condition.test(probed(tunnel)));
    }

    @Test
    void aTargetThatStopsDegradesTheTunnelUntilItReturns() throws Exception {
        try (ManagedTunnel tunnel = open(often(Probe.connect(echo.host(), echo.port())))) {
            awaitProbe(tunnel, probe -> probe.good() > 0);
            assertThat(tunnel.state()).isEqualTo(TunnelState.UP);
            assertThat(tunnel.status().isReady()).isTrue();
            assertThat(probed(tunnel).roundTrip()).isPresent();

            echo.stop();
            awaitState(tunnel, TunnelState.DEGRADED);
            TunnelStatus degraded = tunnel.status();
            assertThat(degraded.isLive()).isTrue();
            assertThat(degraded.isReady()).isFalse();
            assertThat(degraded.probes().get(0).lastError())
                    .hasValueSatisfying(
                            text -> assertThat(text).contains("did not reach " + echo.host() + ":" + echo.port()));
            assertThat(degraded.toString()).contains(", probe connect " + echo.host() + ":" + echo.port() + " fails: ");
            Tunnels.assertServes(tunnel);

            echo.start();
            awaitState(tunnel, TunnelState.UP);
            assertThat(tunnel.status().isReady()).isTrue();
            assertThat(tunnel.status().starts()).as("the session stays").isEqualTo(1);
            assertThat(tunnel.status().totalConnections())
                    .as("probes are nobody's connections")
                    .isEqualTo(1);
            assertThat(tunnel.status().forwards().get(0).lastError()).isEmpty();
        }
        assertThat(events)
                .filteredOn(event -> !(event instanceof TunnelEvent.StartBegan
                        || event instanceof TunnelEvent.StartSucceeded
                        || event instanceof TunnelEvent.SessionUp))
                .extracting(event -> event instanceof TunnelEvent.StateChanged changed
                        ? changed.from() + " " + changed.to()
                        : event.getClass().getSimpleName())
                .containsExactly(
                        "CONNECTING UP", "ProbeFailed", "UP DEGRADED", "ProbeRecovered", "DEGRADED UP", "UP CLOSED");
        assertThat(events)
                .filteredOn(event ->
                        event instanceof TunnelEvent.StateChanged changed && changed.to() == TunnelState.DEGRADED)
                .first()
                .extracting(event -> ((TunnelEvent.StateChanged) event).cause())
                .asInstanceOf(InstanceOfAssertFactories.type(TunnelException.class))
                .returns(FailureReason.PROBE_FAILED, TunnelException::reason);
    }

    @Test
    void anEchoServiceIsToldFromAnotherOne() {
        try (Target other = Target.tcp(Targets.answerAndClose("hello"));
                ManagedTunnel tunnel = open(
                        often(Probe.echo(echo.host(), echo.port())), often(Probe.echo(other.host(), other.port())))) {
            awaitState(tunnel, TunnelState.DEGRADED);
            List<TunnelStatus.Probed> probes = tunnel.status().probes();
            assertThat(probes).extracting(TunnelStatus.Probed::isHealthy).containsExactly(true, false);
            assertThat(probes.get(0).good()).isPositive();
            assertThat(probes.get(1).lastError()).isPresent();
        }
    }

    @Test
    void theLoopComesBackOnEachSession() {
        try (ManagedTunnel tunnel = open(often(Probe.echoLoop()))) {
            awaitProbe(tunnel, probe -> probe.good() >= 3);
            server.killSessions();
            await().atMost(SOON).until(() -> tunnel.status().starts() == 2 && tunnel.state() == TunnelState.UP);
            long before = probed(tunnel).good();
            awaitProbe(tunnel, probe -> probe.good() >= before + 3);
            assertThat(probed(tunnel).failed()).isZero();
            assertThat(tunnel.status().totalConnections()).isZero();
        }
    }

    @Test
    void aServerThatDoesNotListenFailsTheLoopAndNotTheSession() throws Exception {
        try (OpenSshServer strict = OpenSshServer.builder()
                        .config("AllowTcpForwarding local")
                        .start();
                ManagedTunnel tunnel =
                        spec(strict, often(Probe.echoLoop())).build().open()) {
            awaitState(tunnel, TunnelState.DEGRADED);
            assertThat(tunnel.status().starts()).isEqualTo(1);
            assertThat(probed(tunnel).lastError())
                    .hasValueSatisfying(text -> assertThat(text)
                            .startsWith("the gateway does not listen for the echo loop: ")
                            .endsWith("check that it allows it (AllowTcpForwarding, PermitListen localhost:*)"));
            Tunnels.assertServes(tunnel);
        }
    }

    @Test
    void aServerMayAllowTheLoopAndNothingElse() throws Exception {
        try (OpenSshServer strict = OpenSshServer.builder()
                        .config("PermitListen localhost:*", "PermitOpen localhost:*")
                        .start();
                ManagedTunnel tunnel =
                        spec(strict, often(Probe.echoLoop())).build().open()) {
            awaitProbe(tunnel, probe -> probe.good() >= 2);
            assertThat(probed(tunnel).failed()).isZero();
        }
    }

    @Test
    void aCheckThatHangsIsCutAtItsDeadlineAndTheNextOneRuns() {
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Probe.Check hangs = tunnel -> {
            most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            try (Socket socket = tunnel.socketFactory().createSocket(echo.host(), echo.port())) {
                var unused = socket.getInputStream().read();
            } finally {
                atOnce.decrementAndGet();
            }
        };
        try (ManagedTunnel tunnel = open(often(Probe.of("hangs", hangs)).timeout(Duration.ofMillis(300)))) {
            awaitState(tunnel, TunnelState.DEGRADED);
            assertThat(probed(tunnel).lastError()).contains("no result within 300 ms");
            assertThat(most).hasValue(1);
            echo.awaitOpen(0, SOON);
        }
    }

    @Test
    void aCheckThatWaitsForSomethingElseIsInterruptedAndHoldsUpNoClose() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        ManagedTunnel tunnel = open(often(Probe.of("waits", any -> {
            begun.countDown();
            try {
                never.await();
            } catch (InterruptedException end) {
                interrupted.countDown();
                throw end;
            }
        })));
        begun.await();
        tunnel.close();
        assertThat(interrupted.getCount()).isZero();
    }

    @Test
    void aProbeThatIsAskedToEndsTheSessionWhenTheWindowSaysSoAndNotSooner() {
        Probe probe =
                often(Probe.connect(echo.host(), echo.port())).failAfter(3, 3).restartSession();
        try (ManagedTunnel tunnel = open(probe)) {
            awaitProbe(tunnel, one -> one.good() > 0);
            AtomicInteger failedBefore = new AtomicInteger();
            tunnel.addListener(event -> {
                if (event instanceof TunnelEvent.SessionLost) {
                    failedBefore.compareAndSet(0, (int) probed(tunnel).failed());
                }
            });
            echo.stop();
            await().atMost(SOON).until(() -> tunnel.status().starts() >= 2);
            await().atMost(SOON).untilAsserted(() -> assertThat(failedBefore).hasValue(3));
            assertThat(tunnel.status().losses()).containsEntry(FailureReason.PROBE_FAILED, 1L);
            assertThat(tunnel.status().lastFailure())
                    .hasValueSatisfying(why -> assertThat(why)
                            .hasMessageContaining("asked for another session: 3 of the last 3 checks failed"));
            awaitState(tunnel, TunnelState.DEGRADED);

            echo.start();
            awaitState(tunnel, TunnelState.UP);
            long starts = tunnel.status().starts();
            long good = probed(tunnel).good();
            awaitProbe(tunnel, one -> one.good() >= good + 5);
            assertThat(tunnel.status().starts()).isEqualTo(starts);
        }
    }

    @Test
    void lostSessionsAreNoFailuresOfProbes() {
        try (ManagedTunnel tunnel = open(
                Probe.echo(echo.host(), echo.port()).every(Duration.ofMillis(100)),
                Probe.connect(echo.host(), echo.port()).every(Duration.ofMillis(100)))) {
            for (int losses = 1; losses <= 5; losses++) {
                long good = probed(tunnel).good();
                awaitProbe(tunnel, probe -> probe.good() >= good + 3);
                server.killSessions();
                int expected = losses;
                await().atMost(SOON)
                        .until(() -> tunnel.status().starts() > expected && tunnel.state() == TunnelState.UP);
            }
            assertThat(tunnel.status().probes())
                    .extracting(TunnelStatus.Probed::failed)
                    .containsExactly(0L, 0L);
        }
    }

    @Test
    void eachOfTheSessionsIsProbed() {
        AtomicBoolean failing = new AtomicBoolean();
        Probe custom = often(Probe.of("custom", tunnel -> {
            tunnel.connect(Endpoint.tcp(echo.host(), echo.port())).close();
            if (failing.get()) {
                throw new IOException("not well");
            }
        }));
        try (ManagedTunnel tunnel = spec(server, custom).redundancy(2).build().open()) {
            await().atMost(SOON).until(() -> tunnel.status().sessions().size() == 2);
            long accepted = echo.accepted();
            echo.awaitAccepted(accepted + 6, SOON);
            awaitState(tunnel, TunnelState.UP);
            failing.set(true);
            awaitState(tunnel, TunnelState.DEGRADED);
            failing.set(false);
            awaitState(tunnel, TunnelState.UP);
        }
    }

    @Test
    void itsMetersAreThereFromTheStartAndGoWithTheTunnel() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        Probe probe = often(Probe.connect(echo.host(), echo.port()).named("db"));
        try (ManagedTunnel tunnel = spec(server, probe).build().start()) {
            new TunnelMetrics(tunnel).bindTo(registry);
            assertThat(registry.get("tunnel.probe.healthy")
                            .tag("probe", "db")
                            .gauge()
                            .value())
                    .isEqualTo(1);
            assertThat(registry.get("tunnel.probe.results").functionCounters()).hasSize(2);
            echo.stop();
            awaitState(tunnel, TunnelState.DEGRADED);
            assertThat(registry.get("tunnel.probe.healthy").gauge().value()).isZero();
            assertThat(registry.get("tunnel.probe.results")
                            .tag("result", "failed")
                            .functionCounter()
                            .count())
                    .isGreaterThanOrEqualTo(2);
            assertThat(registry.get("tunnel.up").gauge().value()).isEqualTo(1);
        }
        await().atMost(SOON).until(() -> registry.getMeters().isEmpty());
        registry.close();
    }
}
