package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.micrometer.TunnelMetrics;
import dev.managedtunnel.testing.FreePorts;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.TestData;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Forwards of all kinds that come and go on a running tunnel with a real sshd. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class LiveForwardsIT extends WithOpenSsh {
    private static final Duration SOON = Duration.ofSeconds(20);

    private static TunnelSpec.Builder spec(Target target) {
        return Tunnels.to(server, "live")
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(100))
                        .build())
                .forward(to(target).named("first"));
    }

    private static Forward.Local to(Target target) {
        return Forward.local("127.0.0.1", target.port());
    }

    @Test
    void allKindsAreAddedAndStayThroughALossAndGo() throws Exception {
        List<String> events = new CopyOnWriteArrayList<>();
        int atGateway = FreePorts.next();
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = spec(echo)
                        .listener(event -> {
                            if (event instanceof TunnelEvent.ForwardAdded added) {
                                events.add("+" + added.forward().name());
                            } else if (event instanceof TunnelEvent.ForwardRemoved removed) {
                                events.add("-" + removed.forward().name());
                            }
                        })
                        .build()
                        .open()) {
            tunnel.addForward(to(echo).named("local"));
            tunnel.addForward(Forward.dynamic());
            tunnel.addForward(
                    Forward.remote(atGateway, "127.0.0.1", echo.port()).named("remote"));
            assertServes(tunnel, echo);
            server.killSessions();
            await().atMost(SOON).until(() -> tunnel.status().starts() == 2 && tunnel.state() == TunnelState.UP);
            assertServes(tunnel, echo);

            InetSocketAddress local = tunnel.address("local");
            for (String name : List.of("local", "dynamic", "remote", "first")) {
                tunnel.removeForward(name, SOON);
            }
            assertThat(tunnel.status().forwards()).isEmpty();
            assertThatThrownBy(() -> connect(local)).isInstanceOf(ConnectException.class);
            await("the gateway has let go")
                    .atMost(SOON)
                    .ignoreExceptions()
                    .untilAsserted(() -> new ServerSocket(atGateway, 1, InetAddress.getLoopbackAddress()).close());
            tunnel.addForward(to(echo).named("again"));
            assertEchoes(connect(tunnel.address()), "again");
            assertThat(tunnel.status().starts()).isEqualTo(2);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(events)
                            .containsExactly(
                                    "+local",
                                    "+dynamic",
                                    "+remote",
                                    "-local",
                                    "-dynamic",
                                    "-remote",
                                    "-first",
                                    "+again"));
        }
    }

    private static void assertServes(ManagedTunnel tunnel, Target echo) throws IOException {
        assertEchoes(connect(tunnel.address("first")), "first");
        assertEchoes(connect(tunnel.address("local")), "local");
        Socket socks = new Socket(new Proxy(Proxy.Type.SOCKS, tunnel.address("dynamic")));
        socks.connect(echo.address());
        assertEchoes(socks, "dynamic");
        InetSocketAddress remote = tunnel.address("remote");
        assertEchoes(connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), remote.getPort())), "remote");
    }

    @Test
    void aRemoteListenerThatTheGatewayRefusesIsNotAddedAndTheSessionGoesOn() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ManagedTunnel tunnel = spec(echo).build().open()) {
            Forward.Remote blocked = Forward.remote(taken.getLocalPort(), "127.0.0.1", echo.port())
                    .listenOn("127.0.0.1", taken.getLocalPort())
                    .named("remote");
            assertThatThrownBy(() -> tunnel.addForward(blocked))
                    .isInstanceOfSatisfying(
                            TunnelException.class,
                            e -> assertThat(e.reason()).isEqualTo(FailureReason.REMOTE_LISTEN_REFUSED))
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
            assertThat(tunnel.status().forwards()).hasSize(1);
            taken.close();
            tunnel.addForward(blocked);
            assertEchoes(
                    connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), taken.getLocalPort())),
                    "now it does");
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    @Test
    void aRemovalDrainsAndThenCuts() throws Exception {
        try (Target digest = Target.tcp(Targets.digestAfterEof());
                Target endless = Target.tcp(Targets.endlessSource(1));
                ManagedTunnel tunnel = spec(digest).build().open()) {
            tunnel.addForward(to(endless).named("endless"));
            try (Socket wellBehaved = connect(tunnel.address("first"));
                    Socket never = connect(tunnel.address("endless"))) {
                wellBehaved.getOutputStream().write(TestData.bytes(10, 5_000));
                await().atMost(SOON).until(() -> tunnel.status().activeConnections() == 2);
                CompletableFuture<Void> drained = CompletableFuture.runAsync(() -> tunnel.removeForward("first", SOON));
                await().atMost(SOON)
                        .until(() ->
                                tunnel.status().forwards().get(0).listening().isEmpty());
                tunnel.removeForward("endless", Duration.ofMillis(200));
                assertThatThrownBy(() -> never.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
                wellBehaved.shutdownOutput();
                assertThat(wellBehaved.getInputStream().readAllBytes())
                        .asString()
                        .isEqualTo(Targets.digestLine(5_000, TestData.sha256(10, 5_000)));
                drained.get(20, TimeUnit.SECONDS);
                assertThat(tunnel.status().forwards()).isEmpty();
            }
        }
    }

    @Test
    void anInterruptEndsTheWaitAndNotTheRemoval() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = spec(echo).build().open();
                Socket client = connect(tunnel.address())) {
            client.getOutputStream().write('x');
            assertThat(client.getInputStream().read()).isEqualTo('x');
            Thread.currentThread().interrupt();
            tunnel.removeForward("first", SOON);
            assertThat(Thread.interrupted()).isTrue();
            client.shutdownOutput();
            await().atMost(SOON).until(() -> tunnel.status().forwards().isEmpty());
        }
    }

    @Test
    void socketsOfThisProcessFindAForwardThatIsAddedAnew() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = spec(echo).build().open()) {
            SocketFactory sockets = tunnel.socketFactory("first");
            assertEchoes(sockets.createSocket("any", 1), "before");
            tunnel.removeForward("first");
            assertThatThrownBy(() -> sockets.createSocket("any", 1))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("forward: 'first' is none of tunnel live; it has []");
            tunnel.addForward(to(echo).named("first").inProcessOnly());
            assertEchoes(sockets.createSocket("any", 1), "after");
        }
    }

    @Test
    void metersComeAndGo() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = spec(echo).build().open()) {
            new TunnelMetrics(tunnel).bindTo(registry);
            int before = registry.getMeters().size();
            tunnel.addForward(to(echo).named("late"));
            await().atMost(SOON)
                    .until(() -> registry.find("tunnel.connections.active")
                                    .tag("forward", "late")
                                    .gauge()
                            != null);
            try (Socket client = connect(tunnel.address("late"))) {
                client.getOutputStream().write('x');
                assertThat(client.getInputStream().read()).isEqualTo('x');
                // The first byte may be there before the loop has heard of the channel.
                await().atMost(SOON).untilAsserted(() -> {
                    assertThat(registry.get("tunnel.connections.active")
                                    .tag("forward", "late")
                                    .gauge()
                                    .value())
                            .isEqualTo(1);
                    assertThat(registry.get("tunnel.channel.open")
                                    .tag("forward", "late")
                                    .timer()
                                    .count())
                            .isEqualTo(1);
                });
            }
            tunnel.removeForward("late");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(registry.getMeters()).hasSize(before));
        } finally {
            registry.close();
        }
    }

    private static Socket connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout((int) SOON.toMillis());
        return socket;
    }

    private static void assertEchoes(Socket socket, String text) throws IOException {
        try (socket) {
            assertThat(TunnelFixture.echo(socket, text)).isEqualTo(text);
        }
    }
}
