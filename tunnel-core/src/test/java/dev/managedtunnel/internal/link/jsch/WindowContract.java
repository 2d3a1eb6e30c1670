package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What channels do beside that where the window is ours. */
abstract class WindowContract extends ChannelContract {
    @Test
    void withoutCreditExactlyTheWindowArrivesAndEachCreditMovesAsMuch() throws Exception {
        int portion = ChannelWindow.INITIAL / 16;
        try (Target target = Target.tcp(Targets.endlessSource(5))) {
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
            Awaitility.await().atMost(Rig.SOON).until(() -> link.roundTrip() != null);
            Awaitility.await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
            assertThat(link.lost().toCompletableFuture()).isNotDone();
        }
    }
}
