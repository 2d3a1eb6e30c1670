package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.FaultRelay;
import dev.managedtunnel.testing.FaultRelay.Direction;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.TestData;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What a tunnel does, whichever SSH server is at its other end, and whichever kind of forward its clients come in by.
 * Public API only.
 */
abstract class TunnelContract extends TunnelFixture {
    private static final long TRANSFER = 256L << 20;

    @Test
    void carriesAConnectionBothWays() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open()) {
            assertThat(tunnel.state()).isEqualTo(TunnelState.UP);
            assertEchoes(tunnel, echo, "hello");
        }
    }

    @Test
    void deliversWhatTheTargetSendsFirst() throws Exception {
        try (Target greeter = Target.tcp(Targets.greetThenEcho("220 welcome\n"));
                ManagedTunnel tunnel = to(greeter).open();
                Socket client = connect(tunnel, greeter)) {
            assertThat(client.getInputStream().readNBytes(12)).asString().isEqualTo("220 welcome\n");
        }
    }

    @Test
    void uploads256MiBIntact() throws Exception {
        try (Target sink = Target.tcp(Targets.digestAfterEof());
                ManagedTunnel tunnel = to(sink).open();
                Socket client = connect(tunnel, sink)) {
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
                Socket client = connect(tunnel, source)) {
            assertThat(TestData.sha256(client.getInputStream())).isEqualTo(TestData.sha256(2, TRANSFER));
            await().atMost(SOON).until(() -> downloaded(tunnel.status()) == TRANSFER);
        }
    }

    @Test
    void serves200ConnectionsAtOnce() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open()) {
            List<Socket> sockets = new ArrayList<>();
            try {
                for (int i = 0; i < 200; i++) {
                    sockets.add(connect(tunnel, echo));
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
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
            await().atMost(SOON).until(() -> tunnel.status().activeConnections() == 0);
            assertThat(outcomes(tunnel, ConnectionOutcome.SERVED)).isEqualTo(200);
        }
    }

    @Test
    void theClientsHalfCloseReachesTheTargetAndItsAnswerComesBack() throws Exception {
        try (Target digest = Target.tcp(Targets.digestAfterEof());
                ManagedTunnel tunnel = to(digest).open();
                Socket client = connect(tunnel, digest)) {
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
            assertRefused(() -> {
                try (Socket client = connect(tunnel, gone)) {
                    client.getInputStream().read();
                }
            });
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
            assertEchoes(tunnel, gone, "same session");
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    @Test
    void aKilledSessionBreaksItsConnectionsVisiblyAndHealsAtOnce() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open();
                Socket established = connect(tunnel, echo)) {
            echo(established, "before");
            server.killSessions();
            assertBroken(established);
            assertEchoes(tunnel, echo, "after");
            assertThat(tunnel.status().starts()).isEqualTo(2);
            assertThat(tunnel.status().losses().values().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .isEqualTo(1);
            assertThat(outcomes(tunnel, ConnectionOutcome.BROKEN)).isEqualTo(1);
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
                Socket client = connect(tunnel, echo)) {
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
                Socket client = connect(tunnel, sink)) {
            relay.stallAfter(upload(), 1 << 20);
            Future<?> writer = clients.submit(() -> {
                TestData.stream(6, Long.MAX_VALUE).transferTo(client.getOutputStream());
                return null;
            });
            relay.awaitStall(upload(), SOON);
            relay.stall();
            assertStuckWriterEnds(writer);
            await().atMost(SOON)
                    .untilAsserted(() ->
                            assertThat(tunnel.status().losses()).containsEntry(FailureReason.KEEPALIVE_TIMEOUT, 1L));
        }
    }

    @Test
    void closesInTimeWithAWriteStuckOnADeadLink() throws Exception {
        try (Target sink = Target.tcp(Targets.sink());
                FaultRelay relay = FaultRelay.to(server.port());
                ManagedTunnel tunnel = through(relay, sink).build().open()) {
            try (Socket client = connect(tunnel, sink)) {
                relay.stallAfter(upload(), 1 << 20);
                Future<?> writer = clients.submit(() -> {
                    TestData.stream(7, Long.MAX_VALUE).transferTo(client.getOutputStream());
                    return null;
                });
                relay.awaitStall(upload(), SOON);
                long before = System.nanoTime();
                tunnel.close();
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
                assertStuckWriterEnds(writer);
                assertThat(tunnel.state()).isEqualTo(TunnelState.CLOSED);
            }
        }
    }

    @Test
    void aClientThatStopsReadingStallsNobodyElse() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                Target endless = Target.tcp(Targets.endlessSource(8));
                ManagedTunnel tunnel = to(echo).toBuilder()
                        .forward(forwardTo(endless))
                        .keepAlive(KeepAlive.every(Duration.ofMillis(300)).missed(3))
                        .build()
                        .open();
                Socket stalled = connect(tunnel, endless)) {
            stalled.getInputStream().readNBytes(1000);
            awaitQuiet(tunnel);
            for (int i = 0; i < 10; i++) {
                assertEchoes(tunnel, echo, "beside " + i);
            }
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    @Test
    void aTargetThatStopsReadingStallsNobodyElse() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                Target silent = Target.tcp(Targets.silent());
                ManagedTunnel tunnel =
                        to(echo).toBuilder().forward(forwardTo(silent)).build().open();
                Socket stuck = connect(tunnel, silent)) {
            Future<?> writer = clients.submit(() -> {
                TestData.stream(9, Long.MAX_VALUE).transferTo(stuck.getOutputStream());
                return null;
            });
            awaitQuiet(tunnel);
            for (int i = 0; i < 10; i++) {
                assertEchoes(tunnel, echo, "beside " + i);
            }
            assertThat(writer.isDone()).isFalse();
        }
    }

    @Test
    void restartReplacesTheSessionAndBreaksNothing() throws Exception {
        BlockingQueue<TunnelEvent> events = new LinkedBlockingQueue<>();
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel =
                        to(echo).toBuilder().listener(events::add).build().open();
                Socket established = connect(tunnel, echo)) {
            assertThat(echo(established, "before")).isEqualTo("before");
            tunnel.restart();
            await().atMost(SOON)
                    .until(() -> events.stream().anyMatch(event -> event instanceof TunnelEvent.SessionReplaced));
            assertEchoes(tunnel, echo, "by the new one");
            assertThat(tunnel.status().sessions()).hasSize(2);
            assertThat(echo(established, "still by the old one")).isEqualTo("still by the old one");
            established.close();
            await().atMost(SOON).until(() -> tunnel.status().sessions().size() == 1);
            assertEchoes(tunnel, echo, "again");
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
                Socket established = connect(tunnel, echo)) {
            assertThat(echo(established, "before")).isEqualTo("before");
            tunnel.restart();
            assertBroken(established);
            assertEchoes(tunnel, echo, "by the new one");
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
                assertThat(tunnel.status().lastFailure().orElseThrow().reason()).isEqualTo(nobodyThere());
            } finally {
                server.start();
            }
            tunnel.reconnectNow();
            assertThat(tunnel.awaitUp(SOON)).isTrue();
            tunnel.whenUp().toCompletableFuture().get(1, TimeUnit.SECONDS);
            assertEchoes(tunnel, echo, "hello");
        } finally {
            server.stop();
            server.start();
        }
    }

    @Test
    void closeBreaksEstablishedConnections() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open()) {
            try (Socket client = connect(tunnel, echo)) {
                echo(client, "before");
                tunnel.close();
                assertBroken(client);
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
                                "StartBegan",
                                "StartSucceeded",
                                "SessionUp",
                                "CONNECTING>UP",
                                "SessionLost",
                                "UP>BACKING_OFF",
                                "BACKING_OFF>CONNECTING",
                                "StartBegan",
                                "StartSucceeded",
                                "SessionUp",
                                "CONNECTING>UP",
                                "UP>CLOSED"));
    }
}
