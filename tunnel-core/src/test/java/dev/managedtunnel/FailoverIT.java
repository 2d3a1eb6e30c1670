package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two real gateways, of which the preferred one takes logins but does not lead to the target. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class FailoverIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    private static OpenSshServer leadsNowhere;
    private static OpenSshServer leadsThere;

    private final Queue<TunnelEvent.FailoverDecided> decisions = new ConcurrentLinkedQueue<>();
    private final Target echo = Target.tcp(Targets.echo());

    @BeforeAll
    static void startServers() {
        Requires.openSsh();
        leadsNowhere = OpenSshServer.builder().config("PermitOpen none").start();
        leadsThere = OpenSshServer.usual();
    }

    @AfterAll
    static void stopServers() {
        for (OpenSshServer server : new OpenSshServer[] {leadsNowhere, leadsThere}) {
            if (server != null) {
                server.close();
            }
        }
    }

    @AfterEach
    void stopTarget() {
        echo.close();
    }

    private static Gateway gateway(OpenSshServer server) {
        return Gateway.of(server.user(), server.host(), server.port());
    }

    private Probe probe() {
        return often(Probe.connect(echo.host(), echo.port()));
    }

    private static Probe often(Probe probe) {
        return probe.every(Duration.ofMillis(200)).failAfter(3, 5).recoverAfter(2);
    }

    private TunnelSpec.Builder spec(Probe probe, OpenSshServer... gateways) {
        TunnelSpec.Builder builder = TunnelSpec.builder("two-ways")
                .hostKeys(HostKeys.pinned(leadsThere.hostKeyFingerprint(), leadsNowhere.hostKeyFingerprint()))
                .credentials(
                        Credentials.privateKey(leadsThere.privateKey()),
                        Credentials.privateKey(leadsNowhere.privateKey()))
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(100))
                        .build())
                .failover(FailoverPolicy.builder()
                        .checkEvery(Duration.ofMillis(200))
                        .dwell(Duration.ofMillis(500))
                        .build())
                .probe(probe)
                .forward(Forward.local(echo.host(), echo.port()))
                .listener(event -> {
                    if (event instanceof TunnelEvent.FailoverDecided decided) {
                        decisions.add(decided);
                    }
                });
        for (OpenSshServer server : gateways) {
            builder.gateway(gateway(server));
        }
        return builder;
    }

    private boolean decided(FailoverStep step) {
        return decisions.stream().anyMatch(decision -> decision.step() == step);
    }

    @Test
    void probesThatFailThroughOneGatewayMoveTheTunnelToTheOther() throws Exception {
        FailoverPolicy staying =
                FailoverPolicy.builder().checkEvery(Duration.ofMillis(200)).build();
        try (ManagedTunnel tunnel = spec(probe(), leadsNowhere, leadsThere)
                .failover(staying)
                .build()
                .open()) {
            assertThat(tunnel.status().gateway()).isEqualTo(gateway(leadsNowhere));
            await().atMost(SOON).until(() -> decided(FailoverStep.LEFT));
            await().atMost(SOON).until(() -> tunnel.state() == TunnelState.UP);
            assertThat(tunnel.status().gateway()).isEqualTo(gateway(leadsThere));
            Tunnels.assertServes(tunnel);
            assertThat(tunnel.status().losses().values())
                    .as("the new session came first")
                    .containsOnly(0L);
        }
        assertThat(decisions)
                .extracting(TunnelEvent.FailoverDecided::step)
                .containsExactly(FailoverStep.TRYING, FailoverStep.LEFT);
        assertThat(decisions)
                .allSatisfy(decision -> assertThat(decision.from()).isEqualTo(gateway(leadsNowhere)))
                .allSatisfy(decision -> assertThat(decision.to()).isEqualTo(gateway(leadsThere)))
                .last()
                .extracting(TunnelEvent.FailoverDecided::reason)
                .asString()
                // more than needed, where the other session takes its time
                .containsPattern("^[2-9] failures in a row, the last one: probe connect " + echo.host() + ":"
                        + echo.port() + " fails: [45] of the last [45] checks failed, the last one: ")
                .containsPattern("; it is left alone for \\d+ min$");
    }

    @Test
    void theBetterGatewayIsNotReturnedToWhileProbesFailThere() {
        try (ManagedTunnel tunnel =
                spec(probe(), leadsNowhere, leadsThere).build().open()) {
            await().atMost(SOON).until(() -> decided(FailoverStep.LEFT));
            await().atMost(SOON).until(() -> decided(FailoverStep.RELAPSED));
            assertThat(tunnel.status().gateway()).isEqualTo(gateway(leadsThere));
        }
        assertThat(decisions)
                .extracting(TunnelEvent.FailoverDecided::step)
                .startsWith(FailoverStep.TRYING, FailoverStep.LEFT, FailoverStep.TRYING, FailoverStep.RELAPSED)
                .doesNotContain(FailoverStep.RETURNED);
        assertThat(decisions)
                .filteredOn(decision -> decision.step() == FailoverStep.RELAPSED)
                .allSatisfy(decision -> assertThat(decision.reason()).contains(" fails there: "));
    }

    @Test
    void probesThatFailThroughAllGatewaysMoveNothing() {
        Probe everywhere = often(Probe.of("target", tunnel -> {
            throw new IOException("it is down");
        }));
        try (ManagedTunnel tunnel =
                spec(everywhere, leadsThere, leadsNowhere).build().open()) {
            await().atMost(SOON)
                    .until(() -> decisions.stream()
                                    .filter(decision -> decision.step() == FailoverStep.RELAPSED)
                                    .count()
                            >= 2);
            assertThat(tunnel.status().gateway()).isEqualTo(gateway(leadsThere));
            assertThat(tunnel.status().losses().values()).containsOnly(0L);
        }
        assertThat(decisions).noneMatch(decision -> decision.step() == FailoverStep.LEFT);
    }

    @Test
    void aSingleFailedCheckMovesNothing() {
        AtomicInteger checks = new AtomicInteger();
        Probe once = often(Probe.of("target", tunnel -> {
                    if (checks.incrementAndGet() == 3) {
                        throw new IOException("once");
                    }
                }))
                .failAfter(1, 1);
        try (ManagedTunnel tunnel = spec(once, leadsThere, leadsNowhere).build().open()) {
            await().atMost(SOON).until(() -> checks.get() >= 10);
            TunnelStatus.Probed probed = tunnel.status().probes().get(0);
            assertThat(probed.failed()).isEqualTo(1);
            assertThat(probed.isHealthy()).isTrue();
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
        assertThat(decisions).isEmpty();
    }
}
