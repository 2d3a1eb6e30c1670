package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.FaultRelay;
import dev.managedtunnel.testing.FaultRelay.Direction;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.TestData;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a tunnel does, whichever SSH server is at its other end. Public API only. */
@ExtendWith(NoLeaks.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class TunnelContract {
    static final Duration SOON = Duration.ofSeconds(20);
    private static final long TRANSFER = 256L << 20;

    private SshServer server;
    private ExecutorService clients;

    abstract SshServer newServer();

    @BeforeAll
    void startServer() {
        server = newServer();
    }

    @AfterAll
    void stopServer() {
        server.close();
    }

    @BeforeEach
    void startClients() {
        clients = Executors.newCachedThreadPool();
    }

    @AfterEach
    void stopClients() throws InterruptedException {
        clients.shutdownNow();
        assertThat(clients.awaitTermination(10, TimeUnit.SECONDS))
                .as("clients ended")
                .isTrue();
        server.unfreeze();
    }

    @Test
    void carriesAConnectionBothWays() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open()) {
            assertThat(tunnel.state()).isEqualTo(TunnelState.UP);
            assertEchoes(tunnel, "hello");
        }
    }

    @Test
    void deliversWhatTheTargetSendsFirst() throws Exception {
        try (Target greeter = Target.tcp(Targets.greetThenEcho("220 welcome\n"));
                ManagedTunnel tunnel = to(greeter).open();
                Socket client = connect(tunnel)) {
            assertThat(client.getInputStream().readNBytes(12)).asString().isEqualTo("220 welcome\n");
        }
    }

    @Test
    void uploads256MiBIntact() throws Exception {
        try (Target sink = Target.tcp(Targets.digestAfterEof());
                ManagedTunnel tunnel = to(sink).open();
                Socket client = connect(tunnel)) {
            TestData.stream(1, TRANSFER).transferTo(client.getOutputStream());
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes())
                    .asString()
                    .isEqualTo(Targets.digestLine(TRANSFER, TestData.sha256(1, TRANSFER)));
        }
    }

    @Test
    void downloads256MiBIntact() throws Exception {
        try (Target source = Target.tcp(Targets.source(2, TRANSFER));
                ManagedTunnel tunnel = to(source).open();
                Socket client = connect(tunnel)) {
            assertThat(TestData.sha256(client.getInputStream())).isEqualTo(TestData.sha256(2, TRANSFER));
            await().atMost(SOON).until(() -> tunnel.status().bytesIn() == TRANSFER);
        }
    }

    @Test
    void serves200ConnectionsAtOnce() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open()) {
            List<Socket> sockets = new ArrayList<>();
            try {
                for (int i = 0; i < 200; i++) {
                    sockets.add(connect(tunnel));
                }
                List<Callable<String>> talks = new ArrayList<>();
                for (int i = 0; i < sockets.size(); i++) {
                    Socket socket = sockets.get(i);
                    byte[] data = TestData.bytes(i, 10_000 + 97 * i);
                    talks.add(() -> {
                        Future<?> writer = clients.submit(() -> {
                            socket.getOutputStream().write(data);
                            return null;
                        });
                        byte[] back = socket.getInputStream().readNBytes(data.length);
                        writer.get();
                        return TestData.sha256(back).equals(TestData.sha256(data)) ? "intact" : "damaged";
                    });
                }
                for (Future<String> talk : clients.invokeAll(talks)) {
                    assertThat(talk.get()).isEqualTo("intact");
                }
                assertThat(tunnel.status().activeConnections()).isEqualTo(200);
            } finally {
                closeAll(sockets);
            }
            await().atMost(SOON).until(() -> tunnel.status().activeConnections() == 0);
            assertThat(outcomes(tunnel, ConnectionOutcome.SERVED)).isEqualTo(200);
        }
    }

    @Test
    void theClientsHalfCloseReachesTheTargetAndItsAnswerComesBack() throws Exception {
        try (Target digest = Target.tcp(Targets.digestAfterEof());
                ManagedTunnel tunnel = to(digest).open();
                Socket client = connect(tunnel)) {
            client.getOutputStream().write(TestData.bytes(3, 100_000));
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes())
                    .asString()
                    .isEqualTo(Targets.digestLine(100_000, TestData.sha256(3, 100_000)));
        }
    }

    @Test
    void aTargetThatRefusesEndsOnlyItsConnectionAndIsReported() throws Exception {
        Target gone = Target.tcp(Targets.echo());
        gone.stop();
        List<TunnelEvent> events = new CopyOnWriteArrayList<>();
        try (gone;
                ManagedTunnel tunnel =
                        to(gone).toBuilder().listener(events::add).build().open()) {
            try (Socket client = connect(tunnel)) {
                assertThatThrownBy(() -> client.getInputStream().read())
                        .isInstanceOf(SocketException.class)
                        .hasMessageContaining("reset");
            }
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(events)
                            .anySatisfy(event -> assertThat(event)
                                    .isInstanceOfSatisfying(
                                            TunnelEvent.ConnectionFailed.class,
                                            failed -> assertThat(failed.outcome())
                                                    .isEqualTo(ConnectionOutcome.TARGET_REFUSED))));
            assertThat(outcomes(tunnel, ConnectionOutcome.TARGET_REFUSED)).isEqualTo(1);
            assertThat(tunnel.status().forwards().get(0).lastError())
                    .hasValueSatisfying(text -> assertThat(text).contains("127.0.0.1:" + gone.port()));
            gone.start();
            assertEchoes(tunnel, "same session");
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    @Test
    void aKilledSessionBreaksItsConnectionsVisiblyAndHealsAtOnce() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open();
                Socket established = connect(tunnel)) {
            echo(established, "before");
            server.killSessions();
            assertThatThrownBy(() -> established.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
            assertEchoes(tunnel, "after");
            assertThat(tunnel.status().starts()).isEqualTo(2);
            assertThat(tunnel.status().losses().values().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .isEqualTo(1);
            assertThat(outcomes(tunnel, ConnectionOutcome.BROKEN)).isEqualTo(1);
        }
    }

    @Test
    void connectionsOpenedWhileTheServerIsDownAreParkedAndServedOnItsReturn() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open()) {
            server.stop();
            List<Future<String>> talks = new ArrayList<>();
            try {
                await().atMost(SOON).until(() -> tunnel.state() != TunnelState.UP);
                for (int i = 0; i < 20; i++) {
                    String text = "parked " + i;
                    talks.add(clients.submit(() -> {
                        try (Socket client = connect(tunnel)) {
                            return echo(client, text);
                        }
                    }));
                }
                await().atMost(SOON).until(() -> tunnel.status().parkedConnections() == 20);
                await().atMost(SOON).until(() -> tunnel.status().starts() > 2);
            } finally {
                server.start();
            }
            tunnel.reconnectNow();
            for (int i = 0; i < 20; i++) {
                assertThat(talks.get(i).get()).isEqualTo("parked " + i);
            }
            assertThat(tunnel.status().parkedConnections()).isZero();
        }
    }

    @Test
    void aFrozenServerIsNoticedByTheKeepAliveAndReplaced() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).toBuilder()
                        .keepAlive(KeepAlive.every(Duration.ofMillis(300)).missed(3))
                        .build()
                        .open();
                Socket established = connect(tunnel)) {
            echo(established, "before");
            server.freeze();
            Future<String> opened = clients.submit(() -> {
                try (Socket client = connect(tunnel)) {
                    return echo(client, "during");
                }
            });
            assertThatThrownBy(() -> established.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThat(opened.get(20, TimeUnit.SECONDS)).isEqualTo("during");
            assertThat(tunnel.status().losses()).containsEntry(FailureReason.KEEPALIVE_TIMEOUT, 1L);
            assertThat(tunnel.status().lastFailure())
                    .hasValueSatisfying(failure -> assertThat(failure).hasMessageContaining("KEEPALIVE_TIMEOUT"));
        }
    }

    @Test
    void aStallInsideAPacketOf1500MillisecondsIsSurvived() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                FaultRelay relay = FaultRelay.to(server.port());
                ManagedTunnel tunnel = through(relay, echo)
                        .keepAlive(KeepAlive.every(Duration.ofSeconds(1)).missed(3))
                        .build()
                        .open();
                Socket client = connect(tunnel)) {
            echo(client, "before");
            byte[] data = TestData.bytes(5, 200_000);
            for (Direction direction : Direction.values()) {
                relay.stallAfter(direction, 5_001);
                Future<?> writer = clients.submit(() -> {
                    client.getOutputStream().write(data);
                    return null;
                });
                relay.awaitStall(direction, SOON);
                CompletableFuture.runAsync(
                                relay::resume, CompletableFuture.delayedExecutor(1500, TimeUnit.MILLISECONDS, clients))
                        .join();
                assertThat(TestData.sha256(client.getInputStream().readNBytes(data.length)))
                        .isEqualTo(TestData.sha256(data));
                writer.get();
            }
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    @Test
    void aDeadLinkWithAWriteInFlightIsNoticed() throws Exception {
        try (Target sink = Target.tcp(Targets.sink());
                FaultRelay relay = FaultRelay.to(server.port());
                ManagedTunnel tunnel = through(relay, sink)
                        .keepAlive(KeepAlive.every(Duration.ofMillis(300)).missed(3))
                        .build()
                        .open();
                Socket client = connect(tunnel)) {
            relay.stallAfter(Direction.TO_TARGET, 1 << 20);
            Future<?> writer = clients.submit(() -> {
                TestData.stream(6, Long.MAX_VALUE).transferTo(client.getOutputStream());
                return null;
            });
            relay.awaitStall(Direction.TO_TARGET, SOON);
            relay.stall();
            assertThatThrownBy(() -> writer.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(SocketException.class);
            await().atMost(SOON)
                    .untilAsserted(() ->
                            assertThat(tunnel.status().losses()).containsEntry(FailureReason.KEEPALIVE_TIMEOUT, 1L));
        }
    }

    @Test
    void closesInTimeWithAWriteStuckOnADeadLink() throws Exception {
        try (Target sink = Target.tcp(Targets.sink());
                FaultRelay relay = FaultRelay.to(server.port())) {
            ManagedTunnel tunnel = through(relay, sink).build().open();
            try (Socket client = connect(tunnel)) {
                relay.stallAfter(Direction.TO_TARGET, 1 << 20);
                Future<?> writer = clients.submit(() -> {
                    TestData.stream(7, Long.MAX_VALUE).transferTo(client.getOutputStream());
                    return null;
                });
                relay.awaitStall(Direction.TO_TARGET, SOON);
                long before = System.nanoTime();
                tunnel.close();
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
                assertThatThrownBy(() -> writer.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(SocketException.class);
                assertThat(tunnel.state()).isEqualTo(TunnelState.CLOSED);
            }
        }
    }

    @Test
    void aClientThatStopsReadingStallsNobodyElse() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                Target endless = Target.tcp(Targets.endlessSource(8));
                ManagedTunnel tunnel = to(echo).toBuilder()
                        .forward(Forward.local("127.0.0.1", endless.port()).named("endless"))
                        .keepAlive(KeepAlive.every(Duration.ofMillis(300)).missed(3))
                        .build()
                        .open();
                Socket stalled = connect("endless", tunnel)) {
            stalled.getInputStream().readNBytes(1000);
            awaitQuiet(tunnel);
            for (int i = 0; i < 10; i++) {
                assertEchoes(tunnel, "echo", "beside " + i);
            }
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    @Test
    void aTargetThatStopsReadingStallsNobodyElse() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                Target silent = Target.tcp(Targets.silent());
                ManagedTunnel tunnel = to(echo).toBuilder()
                        .forward(Forward.local("127.0.0.1", silent.port()).named("silent"))
                        .build()
                        .open();
                Socket stuck = connect("silent", tunnel)) {
            Future<?> writer = clients.submit(() -> {
                TestData.stream(9, Long.MAX_VALUE).transferTo(stuck.getOutputStream());
                return null;
            });
            awaitQuiet(tunnel);
            for (int i = 0; i < 10; i++) {
                assertEchoes(tunnel, "echo", "beside " + i);
            }
            assertThat(writer.isDone()).isFalse();
        }
    }

    @Test
    void listensOnAUnixSocketThatOnlyItsOwnerMayUse(@TempDir Path dir) throws Exception {
        Path local = dir.resolve("local.sock");
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = spec().forward(Forward.local("127.0.0.1", echo.port())
                                .named("sock")
                                .listenOn(local))
                        .build()
                        .open()) {
            assertThat(tunnel.socketPath("sock")).isEqualTo(local);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(local)))
                    .isEqualTo("rw-------");
            assertThat(throughSocket(local, "through a socket")).isEqualTo("through a socket");
        }
        assertThat(local).doesNotExist();
    }

    @Test
    void restartReplacesTheSessionAndBreaksNothing() throws Exception {
        BlockingQueue<TunnelEvent> events = new LinkedBlockingQueue<>();
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel =
                        to(echo).toBuilder().listener(events::add).build().open();
                Socket established = connect(tunnel)) {
            assertThat(echo(established, "before")).isEqualTo("before");
            tunnel.restart();
            await().atMost(SOON)
                    .until(() -> events.stream().anyMatch(event -> event instanceof TunnelEvent.SessionReplaced));
            assertEchoes(tunnel, "by the new one");
            assertThat(tunnel.status().sessions()).hasSize(2);
            assertThat(echo(established, "still by the old one")).isEqualTo("still by the old one");
            established.close();
            await().atMost(SOON).until(() -> tunnel.status().sessions().size() == 1);
            assertEchoes(tunnel, "again");
            assertThat(tunnel.status().starts()).isEqualTo(2);
            assertThat(tunnel.status().losses().values()).containsOnly(0L);
            assertThat(events).noneMatch(event -> event instanceof TunnelEvent.SessionLost);
        }
    }

    @Test
    void anOldSessionThatIsReplacedIsEndedWhenItsTimeIsUp() throws Exception {
        RestartPolicy hasty =
                RestartPolicy.builder().drain(Duration.ofMillis(300)).build();
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel =
                        to(echo).toBuilder().restart(hasty).build().open();
                Socket established = connect(tunnel)) {
            assertThat(echo(established, "before")).isEqualTo("before");
            tunnel.restart();
            assertThatThrownBy(() -> established.getInputStream().read()).hasMessageContaining("reset");
            assertEchoes(tunnel, "by the new one");
        }
    }

    @Test
    void startReturnsAtOnceAndHealsWhenTheServerComes() throws Exception {
        server.stop();
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).start()) {
            try {
                assertThat(tunnel.awaitUp(Duration.ofMillis(1))).isFalse();
                await().atMost(SOON).until(() -> tunnel.status().lastFailure().isPresent());
                assertThat(tunnel.status().lastFailure().orElseThrow().reason())
                        .isEqualTo(FailureReason.CONNECT_REFUSED);
            } finally {
                server.start();
            }
            tunnel.reconnectNow();
            assertThat(tunnel.awaitUp(SOON)).isTrue();
            tunnel.whenUp().toCompletableFuture().get(1, TimeUnit.SECONDS);
            assertEchoes(tunnel, "hello");
        } finally {
            server.stop();
            server.start();
        }
    }

    @Test
    void drainingCloseLetsEstablishedConnectionsEndByThemselves() throws Exception {
        try (Target digest = Target.tcp(Targets.digestAfterEof())) {
            ManagedTunnel tunnel = to(digest).open();
            try (Socket client = connect(tunnel)) {
                client.getOutputStream().write(TestData.bytes(10, 5_000));
                await().atMost(SOON).until(() -> tunnel.status().bytesOut() == 5_000);
                Future<?> closing = clients.submit(() -> tunnel.close(SOON));
                await().atMost(SOON).until(() -> isRefused(tunnel));
                client.shutdownOutput();
                assertThat(client.getInputStream().readAllBytes())
                        .asString()
                        .isEqualTo(Targets.digestLine(5_000, TestData.sha256(10, 5_000)));
                closing.get(20, TimeUnit.SECONDS);
                assertThat(tunnel.state()).isEqualTo(TunnelState.CLOSED);
            }
        }
    }

    @Test
    void closeEndsEstablishedConnectionsWithARst() throws Exception {
        try (Target echo = Target.tcp(Targets.echo())) {
            ManagedTunnel tunnel = to(echo).open();
            try (Socket client = connect(tunnel)) {
                echo(client, "before");
                tunnel.close();
                assertThatThrownBy(() -> client.getInputStream().read()).hasMessageContaining("reset");
            }
            tunnel.close();
            assertThatThrownBy(() -> tunnel.awaitUp(SOON))
                    .isInstanceOfSatisfying(
                            TunnelException.class,
                            closed -> assertThat(closed.reason()).isEqualTo(FailureReason.CLOSED));
        }
    }

    @Test
    void listenersAreToldInOrder() throws Exception {
        List<String> events = new CopyOnWriteArrayList<>();
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).toBuilder()
                        .listener(event -> {
                            throw new IllegalStateException("a listener that throws harms nothing");
                        })
                        .listener(event -> events.add(
                                event instanceof TunnelEvent.StateChanged changed
                                        ? changed.from() + ">" + changed.to()
                                        : event.getClass().getSimpleName()))
                        .build()
                        .open()) {
            server.killSessions();
            await().atMost(SOON).until(() -> tunnel.status().starts() == 2 && tunnel.state() == TunnelState.UP);
        }
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(events)
                        .containsExactly(
                                "SessionUp",
                                "CONNECTING>UP",
                                "SessionLost",
                                "UP>BACKING_OFF",
                                "BACKING_OFF>CONNECTING",
                                "SessionUp",
                                "CONNECTING>UP",
                                "UP>CLOSED"));
    }

    static String throughSocket(Path socket, String text) throws IOException {
        try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.connect(UnixDomainSocketAddress.of(socket));
            client.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            client.shutdownOutput();
            return new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    TunnelSpec.Builder spec() {
        return spec(server.host(), server.port());
    }

    private TunnelSpec.Builder spec(String host, int port) {
        return TunnelSpec.builder("contract")
                .gateway(Gateway.of(server.user(), host, port))
                .credentials(Credentials.privateKey(server.privateKey()))
                .hostKeys(HostKeys.pinned(server.hostKeyFingerprint()))
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(100))
                        .backoff(Duration.ofMillis(100), Duration.ofMillis(500))
                        .build());
    }

    TunnelSpec to(Target target) {
        return spec().forward(Forward.local("127.0.0.1", target.port()).named("echo"))
                .build();
    }

    private TunnelSpec.Builder through(FaultRelay relay, Target target) {
        return spec("127.0.0.1", relay.port()).forward(Forward.local("127.0.0.1", target.port()));
    }

    static Socket connect(ManagedTunnel tunnel) throws IOException {
        return connect(tunnel.status().forwards().get(0).forward().name(), tunnel);
    }

    private static Socket connect(String forward, ManagedTunnel tunnel) throws IOException {
        Socket socket = new Socket();
        socket.connect(tunnel.address(forward));
        socket.setSoTimeout((int) SOON.toMillis());
        return socket;
    }

    private static void assertEchoes(ManagedTunnel tunnel, String text) throws IOException {
        assertEchoes(tunnel, tunnel.status().forwards().get(0).forward().name(), text);
    }

    private static void assertEchoes(ManagedTunnel tunnel, String forward, String text) throws IOException {
        try (Socket client = connect(forward, tunnel)) {
            assertThat(echo(client, text)).isEqualTo(text);
        }
    }

    private static String echo(Socket client, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        OutputStream out = client.getOutputStream();
        InputStream in = client.getInputStream();
        out.write(bytes);
        return new String(in.readNBytes(bytes.length), StandardCharsets.UTF_8);
    }

    /** Waits until bytes have flowed and stopped: every buffer on the way is full. */
    private static void awaitQuiet(ManagedTunnel tunnel) {
        long[] seen = {-1, -1};
        await().atMost(SOON).pollInterval(Duration.ofMillis(300)).until(() -> {
            TunnelStatus now = tunnel.status();
            boolean quiet = now.bytesIn() == seen[0] && now.bytesOut() == seen[1] && seen[0] + seen[1] > 0;
            seen[0] = now.bytesIn();
            seen[1] = now.bytesOut();
            return quiet;
        });
    }

    private static boolean isRefused(ManagedTunnel tunnel) {
        try {
            connect(tunnel).close();
            return false;
        } catch (IOException refused) {
            return true;
        }
    }

    private static long outcomes(ManagedTunnel tunnel, ConnectionOutcome outcome) {
        return tunnel.status().forwards().stream()
                .mapToLong(forward -> forward.outcomes().get(outcome))
                .sum();
    }

    private static void closeAll(List<Socket> sockets) throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
