package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Gateway;
import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.time.TickingClock;
import dev.managedtunnel.testing.FaultRelay;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What channels do beside that where the window is ours. */
abstract class WindowContract extends ChannelContract {
    @Test
    void withoutCreditExactlyTheWindowArrivesAndEachCreditMovesAsMuch() throws Exception {
        int portion = ChannelWindow.INITIAL / 16;
        try (FaultRelay relay = onTheWay();
                Target target = Target.tcp(Targets.endlessSource(5))) {
            // No short link, on which credit goes out late.
            relay.delay(Duration.ofMillis(2));
            Link link = rig.connect(server);
            Consumer consumer = Consumer.stuck();
            LinkChannel channel = open(link, target, consumer);
            settlesAt(consumer, ChannelWindow.INITIAL);
            channel.consumed(portion - 1);
            settlesAt(consumer, ChannelWindow.INITIAL);
            channel.consumed(1);
            settlesAt(consumer, ChannelWindow.INITIAL + portion);
            channel.consumed(portion);
            channel.consumed(portion / 2);
            channel.consumed(portion / 2);
            settlesAt(consumer, ChannelWindow.INITIAL + 3 * portion);
            assertThat(link.lost().toCompletableFuture()).isNotDone();
        }
    }

    private static void settlesAt(Consumer consumer, long count) {
        consumer.awaitCount(count);
        Awaitility.await().during(Duration.ofMillis(150)).atMost(Rig.SOON).until(() -> consumer.count() == count);
    }

    @Test
    void aConsumerThatStopsReadingStallsNeitherAnotherChannelNorTheKeepAlive() throws Exception {
        try (Target flood = Target.tcp(Targets.endlessSource(8));
                Target echo = Target.tcp(Targets.echo())) {
            Link link = rig.connect(
                    server,
                    spec -> spec.keepAlive(
                            KeepAlive.every(Duration.ofMillis(200)).missed(3)));
            Consumer stuck = Consumer.stuck();
            open(link, flood, stuck);
            stuck.awaitCount(ChannelWindow.INITIAL);
            Consumer lively = Consumer.keeping();
            LinkChannel channel = open(link, echo, lively);
            send(channel, "hello");
            lively.awaitText("hello");
            awaitAnother(link.roundTrip(), link::roundTrip);
            Awaitility.await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
            assertThat(link.lost().toCompletableFuture()).isNotDone();
        }
    }

    @Test
    void theWindowOfAShortLinkStaysAlthoughItsTargetIsSlowToReach() throws Exception {
        TickingClock clock = new TickingClock(rig.scheduler);
        rig.clock = clock;
        int portion = ChannelWindow.INITIAL / 16;
        try (FaultRelay relay = onTheWay();
                Target target = Target.tcp(Targets.endlessSource(6))) {
            Link link = rig.connect(server);
            Awaitility.await().atMost(Rig.SOON).until(() -> link.roundTrip() != null);
            relay.stall();
            Consumer consumer = Consumer.stuck();
            CompletableFuture<LinkChannel> opening = link.open(Rig.tcp(target), consumer);
            clock.advance(Duration.ofMillis(500));
            relay.resume();
            LinkChannel channel = Rig.get(opening);
            settlesAt(consumer, ChannelWindow.INITIAL);
            // a window in 16 ms: quick for a link on which an answer takes 500
            for (int i = 0; i < 16; i++) {
                clock.advance(Duration.ofMillis(1));
                channel.consumed(portion);
            }
            settlesAt(consumer, 2 * ChannelWindow.INITIAL);
        }
    }

    @Test
    void aLateFirstAnswerIsNotTakenForTheRoundTrip() {
        Duration oneWay = Duration.ofMillis(250);
        try (FaultRelay relay = onTheWay()) {
            relay.delay(oneWay);
            Link link = rig.connect(server, spec -> spec.keepAlive(KeepAlive.every(Duration.ofMinutes(5))));
            Awaitility.await().atMost(Rig.SOON).until(() -> link.roundTrip() != null);
            relay.delay(Duration.ZERO);
            Awaitility.await().atMost(Rig.SOON).until(() -> link.roundTrip().compareTo(oneWay) < 0);
        }
    }

    @Test
    void aRoundTripEndsWithItsOwnAnswerWhateverElseArrives() throws Exception {
        Duration oneWay = Duration.ofMillis(30);
        try (FaultRelay relay = onTheWay();
                Target target = Target.tcp(Targets.endlessSource(7))) {
            relay.delay(oneWay);
            Link link = rig.connect(server);
            Consumer consumer = Consumer.counting();
            open(link, target, consumer);
            for (int i = 0; i < 5; i++) {
                consumer.awaitCount(consumer.count() + 1);
                Duration last = link.roundTrip();
                // Asked again and again: the answers of the session's begin may still come between.
                Duration another = awaitAnother(last, () -> {
                    link.check(Rig.SOON);
                    return link.roundTrip();
                });
                assertThat(another).isGreaterThanOrEqualTo(oneWay.multipliedBy(2));
            }
        }
    }

    /** Puts a relay in front of the server. */
    private FaultRelay onTheWay() {
        UnaryOperator<Gateway> usual = rig.way;
        FaultRelay relay = FaultRelay.to(server.port());
        rig.way = gateway -> usual.apply(Gateway.of(gateway.user(), relay.host(), relay.port()));
        return relay;
    }

    private static Duration awaitAnother(@Nullable Duration last, Callable<@Nullable Duration> roundTrip) {
        return Awaitility.await().atMost(Rig.SOON).until(roundTrip, now -> now != null && !now.equals(last));
    }
}
