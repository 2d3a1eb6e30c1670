package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.testing.FaultRelay.Direction;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.MinaServer.Moment;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How a session ends, what is said of it, and that nothing of it is left. */
@ExtendWith(NoLeaks.class)
class LossIT {
    private static final Duration INTERVAL = Duration.ofMillis(500);
    private static final Duration DETECTED = INTERVAL.multipliedBy(3);

    private final MinaServer server = MinaServer.usual();
    private final Rig rig = new Rig();

    @AfterEach
    void tearDown() {
        rig.close();
        server.close();
    }

    private Link connect() {
        return rig.connect(server);
    }

    private Link watched() {
        return rig.connect(
                server, spec -> spec.keepAlive(KeepAlive.every(INTERVAL).missed(3)));
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    @Test
    void aServerThatSaysGoodbyeIsQuoted() {
        Link link = connect();
        server.disconnectAll(11, "maintenance until noon");
        TunnelException why = Rig.lost(link);
        assertThat(why.reason()).isEqualTo(FailureReason.DISCONNECTED);
        assertThat(Rig.text(why))
                .isEqualTo(
                        "lost the session to tunnel@HOST:PORT (start 1, up T): the server disconnected: 'maintenance "
                                + "until noon' (code 11); read the gateway's text and its log [DISCONNECTED]");
    }

    @Test
    void aConnectionClosedByThePeer() {
        Link link = connect();
        server.relay().cutWithFin();
        TunnelException why = Rig.lost(link);
        assertThat(why.reason()).isEqualTo(FailureReason.CONNECTION_LOST);
        assertThat(Rig.text(why))
                .isEqualTo("lost the session to tunnel@HOST:PORT (start 1, up T): closed by the peer; nothing to do if "
                        + "it recovers; else check the network and the gateway [CONNECTION_LOST]");
    }

    @Test
    void aConnectionThatIsReset() {
        Link link = connect();
        server.relay().cutWithRst();
        TunnelException why = Rig.lost(link);
        assertThat(why.reason()).isEqualTo(FailureReason.CONNECTION_LOST);
        assertThat(Rig.text(why)).contains("(start 1, up T): Connection reset;");
        assertThat(why).hasRootCauseInstanceOf(IOException.class);
    }

    @Test
    void theFirstReasonCounts() {
        Link link = connect();
        TunnelException first = Rig.closing();
        link.cut(first);
        link.cut(new TunnelException(FailureReason.PROBE_FAILED, "too late", null));
        assertThat(Rig.lost(link)).isSameAs(first);
    }

    @Test
    void aDeadPeerIsNoticedWithinIntervalTimesMissed() {
        Link link = watched();
        server.relay().stall();
        long begun = System.nanoTime();
        TunnelException why = Rig.lost(link);
        assertThat(why.reason()).isEqualTo(FailureReason.KEEPALIVE_TIMEOUT);
        assertThat(Rig.text(why))
                .isEqualTo("lost the session to tunnel@HOST:PORT (start 1, up T): no byte received for 3 x 500 ms; "
                        + "nothing to do if it recovers; else check the network and the gateway's load "
                        + "[KEEPALIVE_TIMEOUT]");
        assertThat(since(begun)).isLessThan(DETECTED.plusSeconds(1));
    }

    @Test
    void aDeadPeerIsNoticedWithWritesInFlightAndEverythingIsFreed() throws Exception {
        try (Target target = Target.tcp(Targets.sink())) {
            Link link = watched();
            List<Consumer> consumers = new ArrayList<>();
            List<CompletableFuture<Throwable>> writers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Consumer consumer = Consumer.counting();
                LinkChannel channel = ChannelContract.open(link, target, consumer);
                consumers.add(consumer);
                CompletableFuture<Throwable> failed = new CompletableFuture<>();
                writers.add(failed);
                rig.workers.execute(() -> {
                    byte[] bytes = new byte[64 * 1024];
                    failed.complete(catchThrowable(() -> {
                        while (true) {
                            consumer.write(channel, bytes);
                        }
                    }));
                });
            }
            server.relay().stall();
            long begun = System.nanoTime();
            TunnelException why = Rig.lost(link);
            assertThat(why.reason()).isEqualTo(FailureReason.KEEPALIVE_TIMEOUT);
            assertThat(since(begun)).isLessThan(DETECTED.plusSeconds(1));
            for (CompletableFuture<Throwable> writer : writers) {
                assertThat(Rig.get(writer)).isInstanceOf(IOException.class);
            }
            assertThat(since(begun)).as("all freed").isLessThan(DETECTED.plusSeconds(2));
            consumers.forEach(consumer -> assertThat(consumer.events()).last().isEqualTo("closed"));
        }
    }

    @Test
    void aCutOnADeadLinkEndsEverythingAtOnce() throws Exception {
        try (Target target = Target.tcp(Targets.sink())) {
            Link link = connect();
            Consumer consumer = Consumer.counting();
            LinkChannel channel = ChannelContract.open(link, target, consumer);
            CompletableFuture<Throwable> writer = new CompletableFuture<>();
            CountDownLatch stuck = new CountDownLatch(100);
            server.relay().stall();
            rig.workers.execute(() -> writer.complete(catchThrowable(() -> {
                byte[] bytes = new byte[64 * 1024];
                while (true) {
                    consumer.write(channel, bytes);
                    stuck.countDown();
                }
            })));
            long sent = -1;
            while (sent != stuck.getCount()) {
                sent = stuck.getCount();
                Awaitility.await().pollDelay(Duration.ofMillis(200)).until(() -> true);
            }
            CompletableFuture<LinkChannel> opening = link.open(Rig.tcp(target), Consumer.counting());
            long begun = System.nanoTime();
            link.cut(Rig.closing());
            Rig.lost(link);
            assertThat(Rig.get(writer)).isInstanceOf(IOException.class);
            assertThat(catchThrowable(opening::join).getCause())
                    .isInstanceOfSatisfying(
                            ChannelException.class,
                            e -> assertThat(e.kind()).isEqualTo(ChannelException.Kind.LINK_DOWN));
            assertThat(since(begun)).isLessThan(Duration.ofSeconds(1));
        }
    }

    @Test
    void aStallInsideAPacketIsSurvived() throws Exception {
        byte[] sent = dev.managedtunnel.testing.TestData.bytes(7, 1_000_000);
        try (Target target = Target.tcp(Targets.source(7, sent.length))) {
            Link link = rig.connect(
                    server,
                    spec -> spec.keepAlive(
                            KeepAlive.every(Duration.ofSeconds(1)).missed(3)));
            server.relay().stallAfter(Direction.TO_CLIENT, server.relay().bytes(Direction.TO_CLIENT) + 300_017);
            Consumer consumer = Consumer.keeping();
            ChannelContract.open(link, target, consumer);
            server.relay().awaitStall(Direction.TO_CLIENT, Rig.SOON);
            Awaitility.await()
                    .pollDelay(Duration.ofMillis(1500))
                    .atMost(Rig.SOON)
                    .until(() -> true);
            server.relay().resume();
            consumer.awaitEvent("closed");
            assertThat(consumer.bytes()).isEqualTo(sent);
            assertThat(link.lost().toCompletableFuture()).isNotDone();
        }
    }

    @Test
    void oneUnansweredKeepAliveIsSurvived() {
        Link link = watched();
        server.relay().stall();
        Awaitility.await().pollDelay(INTERVAL.plus(INTERVAL.dividedBy(2))).until(() -> true);
        server.relay().resume();
        Awaitility.await().pollDelay(DETECTED.plus(DETECTED)).atMost(Rig.SOON).until(() -> true);
        assertThat(link.lost().toCompletableFuture()).isNotDone();
    }

    @Test
    void anIdleSessionLivesOnItsKeepAlivesAndKnowsItsRoundTrip() {
        Link link = watched();
        server.relay().delay(Duration.ofMillis(40));
        Awaitility.await().atMost(Rig.SOON).until(() -> {
            Duration roundTrip = link.roundTrip();
            return roundTrip != null && roundTrip.compareTo(Duration.ofMillis(80)) >= 0;
        });
        assertThat(link.roundTrip()).isLessThan(Duration.ofSeconds(1));
        Awaitility.await().pollDelay(DETECTED.plus(DETECTED)).atMost(Rig.SOON).until(() -> true);
        assertThat(link.lost().toCompletableFuture()).isNotDone();
    }

    @Test
    void channelsThatAreBeingOpenedAreWokenWhenTheSessionDies() {
        Link link = connect();
        server.hangAt(Moment.CHANNEL_OPEN);
        List<CompletableFuture<LinkChannel>> openings = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            openings.add(link.open(new dev.managedtunnel.Endpoint.Tcp("127.0.0.1", 1), Consumer.counting()));
        }
        long before = server.relay().bytes(Direction.TO_TARGET);
        Awaitility.await().pollDelay(Duration.ofMillis(200)).until(() -> before > 0);
        long begun = System.nanoTime();
        server.relay().cutWithRst();
        for (CompletableFuture<LinkChannel> opening : openings) {
            assertThat(catchThrowable(() -> opening.get(5, java.util.concurrent.TimeUnit.SECONDS))
                            .getCause())
                    .isInstanceOfSatisfying(ChannelException.class, e -> {
                        assertThat(e.kind()).isEqualTo(ChannelException.Kind.LINK_DOWN);
                        assertThat(e).hasMessage("the session ended before the gateway answered");
                    });
        }
        assertThat(since(begun)).isLessThan(Duration.ofSeconds(1));
        assertThat(catchThrowable(() -> link.open(new dev.managedtunnel.Endpoint.Tcp("x", 1), Consumer.counting())
                                .get())
                        .getCause())
                .isInstanceOf(ChannelException.class)
                .hasMessage("the session is down");
    }

    @Test
    void aServerThatExchangesKeysAnewWhileDataFlowsHarmsNothing() throws Exception {
        try (MinaServer rekeying = MinaServer.builder().rekeyAfter(1_000_000).start();
                Target source = Target.tcp(Targets.source(3, 8_000_000));
                Target sink = Target.tcp(Targets.digestAfterEof())) {
            Link link = rig.connect(rekeying);
            Consumer down = Consumer.keeping();
            ChannelContract.open(link, source, down);
            Consumer up = Consumer.keeping();
            LinkChannel channel = ChannelContract.open(link, sink, up);
            byte[] bytes = dev.managedtunnel.testing.TestData.bytes(4, 8_000_000);
            up.write(channel, bytes);
            channel.sendEof();
            down.awaitEvent("closed");
            up.awaitEvent("closed");
            assertThat(down.bytes()).isEqualTo(dev.managedtunnel.testing.TestData.bytes(3, 8_000_000));
            assertThat(up.text())
                    .isEqualTo(Targets.digestLine(
                            bytes.length, dev.managedtunnel.testing.TestData.sha256(4, bytes.length)));
        }
    }
}
