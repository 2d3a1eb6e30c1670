package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.TestData;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a socket without a port does, whichever SSH server is at the tunnel's other end. Public API only. */
abstract class SocketFactoryContract extends ServerFixture {
    private static final int TRANSFER = 64 << 20;
    private static final InetSocketAddress NOWHERE = InetSocketAddress.createUnresolved("db.invalid", 1);

    private final Set<Thread> talkers = ConcurrentHashMap.newKeySet();

    @Test
    void reachesTheTargetWithoutAListener() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open();
                Socket socket = connect(tunnel)) {
            assertThat(echo(socket, "hello")).isEqualTo("hello");
            assertThat(tunnel.status().activeConnections()).isEqualTo(1);
            assertThat(tunnel.status().forwards().get(0).listening()).isEmpty();
            assertThatThrownBy(tunnel::address)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("tunnel contract has 0 local TCP listeners; name one of [hidden], for in-process use"
                            + " only, in socketFactory(forwardName)");
            assertThatThrownBy(() -> tunnel.socketFactory("other"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("forward: 'other' is none of tunnel contract; it has [hidden]");
        }
    }

    @Test
    void uploads64MiBIntactAndGetsTheAnswerToItsHalfClose() throws Exception {
        try (Target digest = Target.tcp(Targets.digestAfterEof());
                ManagedTunnel tunnel = to(digest).open();
                Socket socket = connect(tunnel)) {
            TestData.stream(1, TRANSFER).transferTo(socket.getOutputStream());
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes())
                    .asString()
                    .isEqualTo(Targets.digestLine(TRANSFER, TestData.sha256(1, TRANSFER)));
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(outcomes(tunnel, ConnectionOutcome.SERVED))
                            .isEqualTo(1));
        }
    }

    @Test
    void downloads64MiBIntact() throws Exception {
        try (Target source = Target.tcp(Targets.source(2, TRANSFER));
                ManagedTunnel tunnel = to(source).open();
                Socket socket = connect(tunnel)) {
            assertThat(TestData.sha256(socket.getInputStream())).isEqualTo(TestData.sha256(2, TRANSFER));
            assertThat(tunnel.status().bytesIn()).isEqualTo(TRANSFER);
        }
    }

    @Test
    void manyConnectionsTalkAtOnceInPiecesOfAnySize() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open()) {
            List<Future<String>> talks = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                int seed = i;
                talks.add(clients.submit(() -> talk(tunnel, clients, seed, 300_000)));
            }
            for (Future<String> talk : talks) {
                assertThat(talk.get(60, TimeUnit.SECONDS)).isEqualTo("intact");
            }
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(outcomes(tunnel, ConnectionOutcome.SERVED))
                            .isEqualTo(50));
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    @Test
    void interruptsNeitherDamageDataNorHarmTheSession() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open()) {
            for (ExecutorService threads : List.of(clients, newestThreads())) {
                talkers.clear();
                Future<String> talk = threads.submit(() -> talk(tunnel, threads, 3, 8 << 20));
                while (!talk.isDone()) {
                    talkers.forEach(Thread::interrupt);
                    Thread.onSpinWait();
                }
                assertThat(talk.get()).isEqualTo("intact");
                threads.shutdown();
            }
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    @Test
    void aReadTimesOutAndMayBeRepeated() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open();
                Socket socket = connect(tunnel)) {
            socket.setSoTimeout(50);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            socket.setSoTimeout((int) SOON.toMillis());
            assertThat(echo(socket, "still there")).isEqualTo("still there");
        }
    }

    @Test
    void aTargetThatRefusesIsSaidToAndLeavesTheSessionAlone() throws Exception {
        Target gone = Target.tcp(Targets.echo());
        gone.stop();
        try (gone;
                ManagedTunnel tunnel = to(gone).open()) {
            assertThatThrownBy(() -> connect(tunnel))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageStartingWith("tunnel contract, forward hidden: gateway ")
                    .hasMessageContaining("127.0.0.1:" + gone.port());
            assertThat(outcomes(tunnel, ConnectionOutcome.TARGET_REFUSED)).isEqualTo(1);
            gone.start();
            try (Socket socket = connect(tunnel)) {
                assertThat(echo(socket, "same session")).isEqualTo("same session");
            }
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    @Test
    void aKilledSessionIsAnErrorForReadersAndWritersAndHealsAtOnce() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                Target silent = Target.tcp(Targets.silent());
                ManagedTunnel tunnel = to(echo).toBuilder()
                        .forward(Forward.local("127.0.0.1", silent.port())
                                .named("silent")
                                .inProcessOnly())
                        .build()
                        .open();
                Socket reading = connect(tunnel);
                Socket writing = tunnel.socketFactory("silent").createSocket("any", 1)) {
            echo(reading, "before");
            Future<Integer> reader =
                    clients.submit(() -> reading.getInputStream().read());
            Future<?> writer = clients.submit(() -> {
                TestData.stream(4, Long.MAX_VALUE).transferTo(writing.getOutputStream());
                return null;
            });
            awaitQuiet(tunnel);
            server.killSessions();
            assertBroken(reader);
            assertBroken(writer);
            try (Socket socket = connect(tunnel)) {
                assertThat(echo(socket, "after")).isEqualTo("after");
            }
            assertThat(outcomes(tunnel, ConnectionOutcome.BROKEN)).isEqualTo(2);
            assertThat(tunnel.status().starts()).isEqualTo(2);
        }
    }

    @Test
    void connectsMadeWhileTheServerIsDownWaitOrTimeOut() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open()) {
            server.stop();
            Future<String> waits;
            try {
                await().atMost(SOON).until(() -> tunnel.state() != TunnelState.UP);
                waits = clients.submit(() -> {
                    try (Socket socket = connect(tunnel)) {
                        return echo(socket, "waited");
                    }
                });
                await().atMost(SOON).until(() -> tunnel.status().parkedConnections() == 1);
                try (Socket impatient = tunnel.socketFactory("hidden").createSocket()) {
                    assertThatThrownBy(() -> impatient.connect(NOWHERE, 50))
                            .isInstanceOf(SocketTimeoutException.class)
                            .hasMessage("Connect timed out (tunnel contract, forward hidden): waited 50 ms for a"
                                    + " session");
                }
                await().atMost(SOON)
                        .untilAsserted(() -> assertThat(outcomes(tunnel, ConnectionOutcome.CLIENT_LEFT))
                                .isEqualTo(1));
            } finally {
                server.start();
            }
            tunnel.reconnectNow();
            assertThat(waits.get(20, TimeUnit.SECONDS)).isEqualTo("waited");
        }
    }

    @Test
    void closingASocketFreesItsThreadsAndHarmsNobodyElse() throws Exception {
        try (Target silent = Target.tcp(Targets.silent());
                ManagedTunnel tunnel = to(silent).open()) {
            Socket socket = connect(tunnel);
            Future<Integer> reader =
                    clients.submit(() -> socket.getInputStream().read());
            Future<?> writer = clients.submit(() -> {
                TestData.stream(5, Long.MAX_VALUE).transferTo(socket.getOutputStream());
                return null;
            });
            awaitQuiet(tunnel);
            socket.close();
            assertClosed(reader);
            assertClosed(writer);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(outcomes(tunnel, ConnectionOutcome.SERVED))
                            .isEqualTo(1));
            assertThat(tunnel.status().activeConnections()).isZero();
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    @Test
    void whatWasWrittenBeforeTheCloseStillArrives() throws Exception {
        try (Target sink = Target.tcp(Targets.sink());
                ManagedTunnel tunnel = to(sink).open()) {
            try (Socket socket = connect(tunnel)) {
                socket.getOutputStream().write(TestData.bytes(6, 1_000_000));
            }
            Target.Received received = sink.awaitReceived(1, SOON).get(0);
            assertThat(received.bytes()).isEqualTo(1_000_000);
            assertThat(received.sha256()).isEqualTo(TestData.sha256(6, 1_000_000));
        }
    }

    @Test
    void oneThatDoesNotReadStallsNobodyElse() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                Target endless = Target.tcp(Targets.endlessSource(7));
                ManagedTunnel tunnel = to(echo).toBuilder()
                        .forward(Forward.local("127.0.0.1", endless.port())
                                .named("endless")
                                .inProcessOnly())
                        .build()
                        .open();
                Socket stalled = tunnel.socketFactory("endless").createSocket("any", 1)) {
            awaitQuiet(tunnel);
            for (int i = 0; i < 10; i++) {
                try (Socket socket = connect(tunnel)) {
                    assertThat(echo(socket, "beside " + i)).isEqualTo("beside " + i);
                }
            }
            assertThat(stalled.getInputStream().available()).isPositive();
            assertThat(stalled.getInputStream().readNBytes(10_000_000)).isEqualTo(TestData.bytes(7, 10_000_000));
        }
    }

    @Test
    void closingTheTunnelIsAnErrorAndADrainIsNone() throws Exception {
        try (Target digest = Target.tcp(Targets.digestAfterEof());
                ManagedTunnel drained = to(digest).open();
                ManagedTunnel cut = to(digest).open()) {
            try (Socket socket = connect(drained)) {
                socket.getOutputStream().write(TestData.bytes(8, 5_000));
                Future<?> closing = clients.submit(() -> drained.close(SOON));
                await().atMost(SOON)
                        .untilAsserted(() -> assertThatThrownBy(() -> connect(drained))
                                .isInstanceOf(ConnectException.class)
                                .hasMessage("tunnel contract, forward hidden: the tunnel is being closed"));
                socket.shutdownOutput();
                assertThat(socket.getInputStream().readAllBytes())
                        .asString()
                        .isEqualTo(Targets.digestLine(5_000, TestData.sha256(8, 5_000)));
                closing.get(20, TimeUnit.SECONDS);
            }
            try (Socket socket = connect(cut)) {
                Future<Integer> reader =
                        clients.submit(() -> socket.getInputStream().read());
                cut.close();
                assertBroken(reader);
            }
            assertThatThrownBy(() -> connect(cut))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("tunnel contract, forward hidden: the tunnel is closed");
        }
    }

    /** Sends and receives at once, in pieces of random sizes, half-closed at the end. */
    private String talk(ManagedTunnel tunnel, ExecutorService threads, int seed, int length) throws Exception {
        talkers.add(Thread.currentThread());
        try (Socket socket = connect(tunnel)) {
            byte[] data = TestData.bytes(seed, length);
            Future<?> writer = threads.submit(() -> {
                talkers.add(Thread.currentThread());
                Random random = new Random(seed);
                OutputStream out = socket.getOutputStream();
                for (int at = 0; at < data.length; ) {
                    int piece = Math.min(1 + random.nextInt(60_000), data.length - at);
                    out.write(data, at, piece);
                    at += piece;
                }
                socket.shutdownOutput();
                return null;
            });
            boolean intact = TestData.sha256(socket.getInputStream()).equals(TestData.sha256(data));
            while (!writer.isDone()) {
                // A wait would end by an interrupt.
                Thread.onSpinWait();
            }
            return intact ? "intact" : "damaged";
        }
    }

    /** Virtual ones where there are any: an interrupt of those ends the JDK's own sockets. */
    private static ExecutorService newestThreads() throws ReflectiveOperationException {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException olderJava) {
            return Executors.newCachedThreadPool();
        }
    }

    private static void assertBroken(Future<?> thread) {
        assertThatThrownBy(() -> thread.get(20, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(SocketException.class)
                .hasMessageContaining("(tunnel contract, forward ");
    }

    private static void assertClosed(Future<?> thread) {
        assertThatThrownBy(() -> thread.get(20, TimeUnit.SECONDS))
                .hasCauseInstanceOf(SocketException.class)
                .hasMessageContaining("Socket closed");
    }

    private static Socket connect(ManagedTunnel tunnel) throws IOException {
        Socket socket = tunnel.socketFactory("hidden").createSocket();
        socket.connect(NOWHERE);
        return socket;
    }

    TunnelSpec to(Target target) {
        return spec(Gateway.of(server.user(), server.host(), server.port()))
                .forward(Forward.local("127.0.0.1", target.port())
                        .named("hidden")
                        .inProcessOnly())
                .build();
    }
}
