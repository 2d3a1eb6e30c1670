package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.FaultRelay;
import dev.managedtunnel.testing.FreePorts;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What is special about remote forwards; what they share with local ones is in the contract. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class RemoteForwardIT {
    private static final Duration SOON = Duration.ofSeconds(20);

    @BeforeAll
    static void needsSshd() {
        Requires.openSsh();
    }

    @Test
    void theGatewayChoosesThePortAndTheTunnelTellsIt() throws Exception {
        try (OpenSshServer server = OpenSshServer.usual();
                Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = spec(
                                server,
                                Forward.remote(0, "127.0.0.1", echo.port()).named("web"))
                        .open()) {
            InetSocketAddress there = tunnel.address("web");
            assertThat(there.getPort()).isPositive();
            assertThat(tunnel.status().forwards().get(0).listening())
                    .contains(Endpoint.tcp("localhost", there.getPort()));
            assertThat(echoed(there.getPort(), "hello")).isEqualTo("hello");
            server.killSessions();
            await().atMost(SOON).until(() -> tunnel.status().starts() == 2 && tunnel.state() == TunnelState.UP);
            assertThat(echoed(tunnel.address("web").getPort(), "again")).isEqualTo("again");
        }
    }

    @Test
    void twoForwardsToDifferentTargetsAreKeptApart(@TempDir Path dir) throws Exception {
        try (OpenSshServer server = OpenSshServer.usual();
                Target one = Target.tcp(Targets.greetThenEcho("one"));
                Target two = Target.unix(dir.resolve("two.sock"), Targets.greetThenEcho("two"));
                ManagedTunnel tunnel = spec(server, server.host(), server.port())
                        .forward(Forward.remote(0, "localhost", one.port()).named("one"))
                        .forward(Forward.remote(
                                        0, Endpoint.unixSocket(two.socket().toString()))
                                .named("two"))
                        .build()
                        .open()) {
            assertThat(greeting(tunnel.address("one").getPort())).isEqualTo("one");
            assertThat(greeting(tunnel.address("two").getPort())).isEqualTo("two");
        }
    }

    @Test
    void aPortThatIsTakenFailsTheStartAndLeavesNothing() throws Exception {
        try (OpenSshServer server = OpenSshServer.usual();
                ServerSocket taken = new ServerSocket(0)) {
            TunnelSpec spec = spec(
                    server, Forward.remote(taken.getLocalPort(), "localhost", 9).named("web"));
            assertThatThrownBy(() -> spec.open(Duration.ofSeconds(2)))
                    .isInstanceOfSatisfying(
                            TunnelException.class,
                            e -> assertThat(e.reason()).isEqualTo(FailureReason.REMOTE_LISTEN_REFUSED))
                    .hasMessageContaining("forward 'web': gateway ")
                    .hasMessageContaining("does not listen on localhost:" + taken.getLocalPort())
                    .hasMessageContaining("AllowTcpForwarding, PermitListen");
        }
    }

    @Test
    void aTargetThatRefusesEndsTheOneConnection() throws Exception {
        try (OpenSshServer server = OpenSshServer.usual();
                ServerSocket closed = new ServerSocket(0)) {
            int dead = closed.getLocalPort();
            closed.close();
            try (ManagedTunnel tunnel = spec(
                                    server, Forward.remote(0, "localhost", dead).named("web"))
                            .open();
                    Socket client = new Socket(
                            InetAddress.getLoopbackAddress(),
                            tunnel.address("web").getPort())) {
                client.setSoTimeout(10_000);
                assertThat(client.getInputStream().read()).isEqualTo(-1);
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(
                                        tunnel.status().forwards().get(0).outcomes())
                                .containsEntry(ConnectionOutcome.TARGET_REFUSED, 1L));
                assertThat(tunnel.status().forwards().get(0).lastError())
                        .hasValueSatisfying(text -> assertThat(text).contains("can't reach localhost:" + dead));
                assertThat(tunnel.state()).isEqualTo(TunnelState.UP);
            }
        }
    }

    @Test
    void theGhostOfALostSessionHoldsThePortUntilTheServerGivesItUp() throws Exception {
        try (OpenSshServer server = OpenSshServer.builder()
                        .config("ClientAliveInterval 1", "ClientAliveCountMax 2")
                        .start();
                FaultRelay relay = FaultRelay.to(server.port());
                Target echo = Target.tcp(Targets.echo())) {
            int port = FreePorts.next();
            try (ManagedTunnel tunnel = through(relay, server, port, echo).open()) {
                relay.stallPresent();
                awaitGhost(tunnel);
                await().atMost(SOON).until(() -> tunnel.state() == TunnelState.UP);
                assertThat(echoed(port, "after the ghost")).isEqualTo("after the ghost");
            }
        }
    }

    @Test
    void aServerThatNeverLooksAtItsClientsKeepsTheGhostAndTheTunnelKeepsTrying() throws Exception {
        try (OpenSshServer server = OpenSshServer.usual();
                FaultRelay relay = FaultRelay.to(server.port());
                Target echo = Target.tcp(Targets.echo())) {
            int port = FreePorts.next();
            try (ManagedTunnel tunnel = through(relay, server, port, echo).open()) {
                relay.stallPresent();
                awaitGhost(tunnel);
                long starts = tunnel.status().starts();
                await().atMost(SOON).until(() -> tunnel.status().starts() > starts + 2);
                assertThat(tunnel.state()).isNotIn(TunnelState.UP, TunnelState.FAILED);
                server.killSessions();
                await().atMost(SOON).until(() -> tunnel.state() == TunnelState.UP);
                assertThat(echoed(port, "after the ghost")).isEqualTo("after the ghost");
            }
        }
    }

    private static void awaitGhost(ManagedTunnel tunnel) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(tunnel.status().lastFailure())
                        .hasValueSatisfying(failure -> assertThat(failure)
                                .hasMessageContaining("most likely the session that was lost still has the port there")
                                .returns(FailureReason.REMOTE_LISTEN_REFUSED, TunnelException::reason)));
    }

    private static TunnelSpec through(FaultRelay relay, OpenSshServer server, int port, Target target) {
        return spec(server, relay.host(), relay.port())
                .forward(Forward.remote(port, "localhost", target.port()).named("web"))
                .keepAlive(KeepAlive.every(Duration.ofMillis(300)).missed(3))
                .build();
    }

    private static TunnelSpec.Builder spec(OpenSshServer server, String host, int port) {
        return Tunnels.to(server, "remote", Gateway.of(server.user(), host, port))
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(100))
                        .backoff(Duration.ofMillis(100), Duration.ofMillis(500))
                        .build());
    }

    private static TunnelSpec spec(OpenSshServer server, Forward forward) {
        return spec(server, server.host(), server.port()).forward(forward).build();
    }

    private static String echoed(int port, String text) throws IOException {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.setSoTimeout(10_000);
            client.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            client.shutdownOutput();
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String greeting(int port) throws IOException {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.setSoTimeout(10_000);
            return new String(client.getInputStream().readNBytes(3), StandardCharsets.UTF_8);
        }
    }
}
