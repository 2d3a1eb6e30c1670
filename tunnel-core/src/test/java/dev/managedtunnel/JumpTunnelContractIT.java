package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract through a jump host, whatever befalls the gateway; and what befalls the jump host. */
class JumpTunnelContractIT extends OpenSshTunnelContractIT {
    private OpenSshServer edge;

    @BeforeAll
    void startJumpHost() {
        edge = OpenSshServer.usual();
    }

    @AfterAll
    void stopJumpHost() {
        edge.close();
    }

    @Override
    Gateway gateway(String host, int port) {
        return super.gateway(host, port)
                .via(Gateway.of(edge.user(), edge.host(), edge.port())
                        .credentials(Credentials.privateKey(edge.privateKey()))
                        .hostKeys(HostKeys.pinned(edge.hostKeyFingerprint())));
    }

    @Override
    FailureReason nobodyThere() {
        return FailureReason.UNREACHABLE;
    }

    @Test
    void aKilledSessionOfTheJumpHostHealsAtOnceAndIsToldAsSuch() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open();
                Socket established = connect(tunnel, echo)) {
            echo(established, "before");
            edge.killSessions();
            assertBroken(established);
            assertEchoes(tunnel, echo, "after");
            assertThat(tunnel.status().starts()).isEqualTo(2);
            assertThat(tunnel.status().lastFailure())
                    .hasValueSatisfying(failure ->
                            assertThat(failure).hasMessageContaining("lost the session to jump host " + edge.user()));
        }
    }

    @Test
    void connectionsAreParkedWhileTheJumpHostIsDown() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open()) {
            edge.stop();
            Future<String> talk;
            try {
                await().atMost(SOON).until(() -> tunnel.state() != TunnelState.UP);
                talk = clients.submit(() -> {
                    try (Socket client = connect(tunnel, echo)) {
                        return echo(client, "parked");
                    }
                });
                await().atMost(SOON).until(() -> tunnel.status().starts() > 2);
            } finally {
                edge.start();
            }
            tunnel.reconnectNow();
            assertThat(talk.get()).isEqualTo("parked");
        }
    }

    @Test
    void aFrozenJumpHostIsNoticedByTheKeepAliveAndReplaced() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).toBuilder()
                        .keepAlive(KeepAlive.every(Duration.ofMillis(300)).missed(3))
                        .build()
                        .open();
                Socket established = connect(tunnel, echo)) {
            echo(established, "before");
            edge.freeze();
            try {
                assertBroken(established);
                assertEchoes(tunnel, echo, "after");
                assertThat(tunnel.status().losses()).containsEntry(FailureReason.KEEPALIVE_TIMEOUT, 1L);
            } finally {
                edge.unfreeze();
            }
        }
    }

    @Test
    void closesInTimeWhileTheJumpHostIsFrozenAndWhileItIsConnectedTo() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel up = to(echo).open()) {
            edge.freezeAll();
            try (ManagedTunnel starting = to(echo).start()) {
                long before = System.nanoTime();
                up.close();
                starting.close();
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
            } finally {
                edge.unfreeze();
            }
        }
    }
}
