package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.Peers;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Talk;
import dev.managedtunnel.testing.TalkScript;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * A tunnel with a forward of each kind, all to targets whose both ends are in the test's hands, and one to an echo
 * server, for what goes on beside.
 */
final class DataPlane implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(30);

    /** What every buffer on the way must not exceed: the largest window, by default. */
    static final long WINDOW = 16L << 20;

    /** Which kinds of socket a connection comes from and goes to. */
    enum Route {
        TCP_TO_TCP,
        TCP_TO_UNIX,
        UNIX_TO_TCP,
        UNIX_TO_UNIX;

        boolean fromUnix() {
            return this == UNIX_TO_TCP || this == UNIX_TO_UNIX;
        }

        boolean toUnix() {
            return this == TCP_TO_UNIX || this == UNIX_TO_UNIX;
        }
    }

    private final SshServer server;
    private final Path dir;
    private final Peers peers = new Peers();
    private final Target echo = Target.tcp(Targets.echo());
    private final Map<Route, Endpoint> targets = new LinkedHashMap<>();
    private final ManagedTunnel tunnel;

    DataPlane(SshServer server) throws IOException {
        this(server, KeepAlive.every(Duration.ofMillis(300)).missed(3));
    }

    /** Both are the server's and the test's own still. */
    DataPlane(SshServer server, KeepAlive keepAlive) throws IOException {
        this.server = server;
        dir = Files.createTempDirectory("data-plane");
        InetSocketAddress tcp = peers.listen();
        Path socket = dir.resolve("target.sock");
        peers.listen(socket);
        TunnelSpec.Builder spec = Tunnels.to(server, "data")
                .keepAlive(keepAlive)
                .parking(Parking.upTo(2000))
                .forward(Forward.local(echo.host(), echo.port()).named("echo"));
        for (Route route : Route.values()) {
            Endpoint target =
                    route.toUnix() ? Endpoint.unixSocket(socket.toString()) : Endpoint.tcp("127.0.0.1", tcp.getPort());
            targets.put(route, target);
            Forward.Local forward = Forward.local(target).named(route.name());
            spec.forward(route.fromUnix() ? forward.listenOn(dir.resolve(route + ".sock")) : forward);
        }
        tunnel = spec.build().open();
    }

    ManagedTunnel tunnel() {
        return tunnel;
    }

    Peers peers() {
        return peers;
    }

    /** Where clients of this route connect to. */
    SocketAddress address(Route route) {
        return route.fromUnix()
                ? UnixDomainSocketAddress.of(tunnel.socketPath(route.name()))
                : tunnel.address(route.name());
    }

    Talk talk(Route route, TalkScript client, TalkScript target) {
        return peers.talk(address(route), client, target);
    }

    TunnelStatus.Forwarded status(Route route) {
        return tunnel.status().forwards().stream()
                .filter(each -> each.forward().name().equals(route.name()))
                .findFirst()
                .orElseThrow();
    }

    /** A connection beside, to the echo server. */
    Socket connectEcho() throws IOException {
        Socket socket = new Socket();
        socket.connect(tunnel.address("echo"));
        socket.setSoTimeout((int) SOON.toMillis());
        return socket;
    }

    static void assertEchoes(Socket socket, String line) throws IOException {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        socket.getOutputStream().write(bytes);
        assertThat(socket.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
    }

    /** What everybody else can expect: connections old and new go on, in the one session. */
    void assertGoesOnBeside(Socket established) throws IOException {
        assertOneSession();
        for (int i = 0; i < 10; i++) {
            assertEchoes(established, "established " + i);
            try (Socket fresh = connectEcho()) {
                assertEchoes(fresh, "new " + i);
            }
        }
        assertOneSession();
    }

    /** The first session is up still. */
    void assertOneSession() {
        assertThat(tunnel.status().lastFailure()).as("why the session was lost").isEmpty();
        assertThat(tunnel.status().starts()).as("session starts").isEqualTo(1);
    }

    /** Waits until so many more keep-alives were answered. */
    void awaitKeepAlives(int count) {
        for (int i = 0; i < count; i++) {
            var last = tunnel.status().keepAliveRoundTrip();
            await().atMost(SOON)
                    .until(() -> !tunnel.status().keepAliveRoundTrip().equals(last));
        }
    }

    /** Waits until something that grows has stopped: every buffer on the way is full. */
    static long awaitStill(LongSupplier count) {
        long[] seen = {-1};
        await().atMost(SOON).pollInterval(Duration.ofMillis(400)).until(() -> {
            long now = count.getAsLong();
            boolean still = now == seen[0] && now > 0;
            seen[0] = now;
            return still;
        });
        return seen[0];
    }

    void awaitActive(int connections) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(tunnel.status().activeConnections())
                        .as("active connections")
                        .isEqualTo(connections));
    }

    /** Waits until so many connections of a route have ended in order. They are counted a moment after their end. */
    void awaitServed(Route route, long connections) {
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(status(route).outcomes()).containsEntry(ConnectionOutcome.SERVED, connections));
    }

    @Override
    public void close() {
        tunnel.close();
        peers.close();
        echo.close();
        try {
            Files.deleteIfExists(dir.resolve("target.sock"));
            Files.delete(dir);
        } catch (IOException leftBehind) {
            throw new UncheckedIOException("The tunnel left something in " + dir, leftBehind);
        }
    }

    @Override
    public String toString() {
        return tunnel.status() + "\n" + server.diagnostics();
    }
}
