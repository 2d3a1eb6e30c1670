package dev.managedtunnel.internal.link.jsch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.StartPhase;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.TestData;
import dev.managedtunnel.testing.UnreachableAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a link's channels do, whichever server is at the other end. */
@ExtendWith(NoLeaks.class)
abstract class ChannelContract {
    SshServer server;
    Rig rig;

    abstract SshServer startServer();

    @BeforeEach
    void setUp() {
        server = startServer();
        rig = new Rig();
    }

    @AfterEach
    void tearDown() {
        rig.close();
        server.close();
    }

    static LinkChannel open(Link link, Target target, Consumer consumer) {
        LinkChannel channel = Rig.get(link.open(Rig.tcp(target), consumer));
        consumer.attach(channel);
        return channel;
    }

    static void send(LinkChannel channel, String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        assertThat(channel.tryWrite(bytes, 0, bytes.length)).isEqualTo(bytes.length);
    }

    @Test
    void carriesDataBothWays() throws Exception {
        try (Target target = Target.tcp(Targets.echo())) {
            Link link = rig.connect(server);
            Consumer consumer = Consumer.keeping();
            LinkChannel channel = open(link, target, consumer);
            send(channel, "hello");
            consumer.awaitText("hello");
            channel.close();
            consumer.awaitEvent("closed");
            assertThat(consumer.events()).containsExactly("data", "closed");
        }
        assertThat(rig.connect(server).startPhases()).containsOnlyKeys(StartPhase.values());
    }

    @Test
    void whatWasTakenBeforeTheCloseArrives() throws Exception {
        try (Target target = Target.tcp(Targets.sink())) {
            Consumer consumer = Consumer.counting();
            LinkChannel channel = open(rig.connect(server), target, consumer);
            consumer.write(channel, TestData.bytes(9, 1_000_000));
            channel.close();
            Target.Received received = target.awaitReceived(1, Rig.SOON).get(0);
            assertThat(received.bytes()).isEqualTo(1_000_000);
            assertThat(received.sha256()).isEqualTo(TestData.sha256(9, 1_000_000));
            consumer.awaitEvent("closed");
        }
    }

    @Test
    void aCutSessionSaysWhyAndClosesItsChannelsFirst() throws Exception {
        try (Target target = Target.tcp(Targets.echo())) {
            Link link = rig.connect(server);
            Consumer consumer = Consumer.keeping();
            open(link, target, consumer);
            TunnelException why = new TunnelException(FailureReason.PROBE_FAILED, "for a test", null);
            link.cut(why);
            assertThat(Rig.lost(link)).isSameAs(why);
            assertThat(consumer.events()).containsExactly("closed");
        }
    }

    private static ChannelException refused(Link link, Endpoint target) {
        Consumer consumer = Consumer.counting();
        Throwable failure = catchThrowable(() -> link.open(target, consumer).get(20, TimeUnit.SECONDS));
        assertThat(failure).hasCauseInstanceOf(ChannelException.class);
        assertThat(consumer.events()).isEmpty();
        return (ChannelException) failure.getCause();
    }

    @Test
    void aTargetThatNobodyListensOnIsRefusedAndTheSessionLives() throws Exception {
        Link link = rig.connect(server);
        try (UnreachableAddress nobody = UnreachableAddress.refusing();
                Target target = Target.tcp(Targets.echo())) {
            ChannelException failure = refused(link, new Endpoint.Tcp(nobody.host(), nobody.port()));
            assertThat(failure.kind()).isEqualTo(ChannelException.Kind.REFUSED);
            assertThat(failure)
                    .hasMessage("gateway %s did not reach %s:%d (CONNECT_FAILED)"
                            .formatted(rig.way.apply(Rig.gateway(server)), nobody.host(), nobody.port()));
            Consumer consumer = Consumer.keeping();
            send(open(link, target, consumer), "still here");
            consumer.awaitText("still here");
        }
    }

    @Test
    void carriesMuchDataBothWaysAtOnceOnSeveralChannels() throws Exception {
        int size = 8_000_000;
        try (Target source = Target.tcp(Targets.source(1, size));
                Target sink = Target.tcp(Targets.digestAfterEof())) {
            Link link = rig.connect(server);
            List<Consumer> down = new ArrayList<>();
            List<Consumer> up = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                down.add(Consumer.keeping());
                open(link, source, down.get(i));
                up.add(Consumer.keeping());
                Consumer consumer = up.get(i);
                LinkChannel channel = open(link, sink, consumer);
                byte[] bytes = TestData.bytes(2, size);
                rig.workers.execute(() -> {
                    try {
                        consumer.write(channel, bytes);
                        channel.sendEof();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            }
            for (int i = 0; i < 3; i++) {
                down.get(i).awaitEnd();
                assertThat(TestData.sha256(down.get(i).bytes())).isEqualTo(TestData.sha256(1, size));
                assertThat(down.get(i).events().get(0)).isEqualTo("data");
                up.get(i).awaitEnd();
                assertThat(up.get(i).text()).isEqualTo(Targets.digestLine(size, TestData.sha256(2, size)));
            }
        }
    }

    @Test
    void aTargetThatAnswersAndClosesAtOnceLosesNothing() throws Exception {
        try (Target target = Target.tcp(Targets.answerAndClose("bye"))) {
            Link link = rig.connect(server);
            List<Consumer> consumers = new ArrayList<>();
            List<CompletableFuture<LinkChannel>> openings = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                Consumer consumer = Consumer.keeping();
                consumers.add(consumer);
                openings.add(link.open(Rig.tcp(target), consumer));
            }
            for (CompletableFuture<LinkChannel> opening : openings) {
                Rig.get(opening).close();
            }
            for (Consumer consumer : consumers) {
                consumer.awaitEvent("closed");
                assertThat(consumer.events()).last().isEqualTo("closed");
                assertThat(consumer.events().stream().filter("closed"::equals)).hasSize(1);
            }
        }
    }

    @Test
    void aWriteToAChannelThatTheTargetHasClosedFails() throws Exception {
        try (Target target = Target.tcp(Targets.resetAfter(1))) {
            Link link = rig.connect(server);
            Consumer consumer = Consumer.counting();
            LinkChannel channel = open(link, target, consumer);
            send(channel, "x");
            consumer.awaitEnd();
            // OpenSSH learns it from the target with the next write only.
            Awaitility.await()
                    .atMost(Rig.SOON)
                    .until(() -> catchThrowable(() -> send(channel, "y")) instanceof IOException);
            consumer.awaitEvent("closed");
            assertThatThrownBy(channel::sendEof).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aCancelledOpenIsClosedWhenTheGatewayConfirmsItAndItsSinkHearsNothing() throws Exception {
        try (Target target = Target.tcp(Targets.greetThenEcho("hello"))) {
            Link link = rig.connect(server);
            Consumer other = Consumer.keeping();
            open(link, target, other);
            other.awaitText("hello");
            for (int i = 0; i < 20; i++) {
                Consumer consumer = Consumer.keeping();
                CompletableFuture<LinkChannel> opening = link.open(Rig.tcp(target), consumer);
                if (!opening.cancel(false)) {
                    // The gateway was quicker: then it is ours to close.
                    opening.join().close();
                }
                assertThat(consumer.events().stream().filter("closed"::equals).count())
                        .isLessThanOrEqualTo(1);
            }
            target.awaitOpen(1, Rig.SOON);
        }
    }

    @Test
    void closingAChannelEndsTheConnectionToTheTarget() throws Exception {
        try (Target target = Target.tcp(Targets.echo())) {
            Link link = rig.connect(server);
            List<LinkChannel> channels = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                channels.add(open(link, target, Consumer.counting()));
            }
            target.awaitOpen(50, Rig.SOON);
            channels.forEach(LinkChannel::close);
            channels.forEach(LinkChannel::close);
            target.awaitOpen(0, Rig.SOON);
        }
    }

    @Test
    void theReaderAndTheWorkersBearTheTunnelsName() {
        rig.connect(server);
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().equals("tunnel-" + rig.name + "-reader"))
                .singleElement()
                .matches(Thread::isDaemon);
    }
}
