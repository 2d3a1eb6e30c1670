package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.forward.FakeLink.FakeOffer;
import dev.managedtunnel.internal.forward.FakeLink.Request;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Remote forwards that come and go while the forwarder runs. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
class LiveRemoteForwardsTest {
    private static final Forward.Remote WEB =
            Forward.remote(8080, "localhost", 9).named("web");

    private final Rig rig = new Rig();

    @Test
    void isAskedForAtOnceWhenASessionIsUpAndWithEachFurtherOne() throws Exception {
        try (rig;
                Target echo = Target.tcp(Targets.echo())) {
            FakeLink link = up();
            CompletableFuture<Void> adding =
                    add(Forward.remote(0, "localhost", echo.port()).named("web"));
            Request request = link.nextRequest();
            assertThat(adding).isNotDone();
            request.answer().complete(41_000);
            adding.get(10, TimeUnit.SECONDS);
            assertThat(rig.forwarder.address("web")).hasToString("localhost/<unresolved>:41000");
            assertThat(rig.changes).singleElement().isInstanceOf(TunnelEvent.ForwardAdded.class);
            FakeOffer offer = link.offer(request);
            offer.taken.get(10, TimeUnit.SECONDS);
            lose(link);

            FakeLink next = rig.own(new FakeLink());
            LinkStart start = start(next);
            next.nextRequest().answer().complete(41_001);
            assertThat(start.link().toCompletableFuture().get(10, TimeUnit.SECONDS))
                    .isSameAs(next);
            assertThat(rig.forwarder.address("web").getPort()).isEqualTo(41_001);
        }
    }

    @Test
    void isPartOfTheNextStartWhenNoSessionIsUp() throws Exception {
        try (rig) {
            rig.forwarder.add(WEB);
            assertThatThrownBy(() -> rig.forwarder.address("web")).isInstanceOf(IllegalStateException.class);
            FakeLink link = rig.own(new FakeLink());
            LinkStart start = start(link);
            link.nextRequest().answer().complete(8080);
            start.link().toCompletableFuture().get(10, TimeUnit.SECONDS);
            assertThat(rig.forwarder.address("web").getPort()).isEqualTo(8080);
        }
    }

    @Test
    void aRefusalIsThrownAndChangesNothing() throws Exception {
        try (rig) {
            FakeLink link = up();
            CompletableFuture<Void> adding = add(WEB);
            link.nextRequest().refuse();
            assertRefused(adding, "gateway user@gateway:22 does not listen on localhost:8080: the gateway refused");
            assertThat(rig.forwarder.statuses()).hasSize(1);
            assertThat(rig.changes).isEmpty();
            assertThat(link.lost().toCompletableFuture())
                    .as("the session goes on")
                    .isNotDone();
        }
    }

    @Test
    void aGatewayThatDoesNotAnswerIsGivenUpAndALateAnswerTakenBack() throws Exception {
        try (rig) {
            FakeLink link = up();
            CompletableFuture<Void> adding = add(WEB);
            Request request = link.nextRequest();
            Rig.until("a timer", () -> rig.scheduler.pending() == 1);
            rig.scheduler.advance(Duration.ofSeconds(10));
            assertRefused(adding, "the gateway did not answer the request to listen on localhost:8080 within 10 s");
            assertThat(rig.forwarder.statuses()).hasSize(1);
            request.answer().complete(8080);
            Rig.until("taken back", () -> link.unlistened.contains("localhost:8080"));
        }
    }

    @Test
    void aSessionThatEndsMeanwhileIsNotMissed() throws Exception {
        try (rig) {
            FakeLink link = up();
            CompletableFuture<Void> adding = add(WEB);
            link.nextRequest()
                    .answer()
                    .completeExceptionally(new ChannelException(ChannelException.Kind.LINK_DOWN, "it ended"));
            adding.get(10, TimeUnit.SECONDS);
            lose(link);
            FakeLink next = rig.own(new FakeLink());
            var unused = start(next);
            assertThat(next.nextRequest().port()).isEqualTo(8080);
        }
    }

    @Test
    void theGatewayIsAskedToStopForOneThatIsRemoved() throws Exception {
        try (rig) {
            FakeLink link = up();
            CompletableFuture<Void> adding = add(WEB);
            Request request = link.nextRequest();
            request.answer().complete(8080);
            adding.get(10, TimeUnit.SECONDS);
            rig.forwarder.remove("web", Duration.ZERO).get(10, TimeUnit.SECONDS);
            assertThat(link.unlistened).containsExactly("localhost:8080");
            assertThat(rig.forwarder.statuses()).hasSize(1);
            // One that was on its way.
            assertThat(link.offer(request).refused.get(10, TimeUnit.SECONDS)).isEqualTo("forward 'web' was removed");
            FakeLink next = rig.own(new FakeLink());
            LinkStart start = start(next);
            assertThat(start.link().toCompletableFuture()).isCompletedWithValue(next);
            assertThat(next.requests).isEmpty();
        }
    }

    @Test
    void aPlaceAtTheGatewayIsTakenByOneOnly() throws Exception {
        try (rig) {
            rig.forwarder.add(WEB);
            assertThatThrownBy(() -> rig.forwarder.add(WEB.named("other")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("forward listener: 'localhost:8080' is that of forward 'web' of tunnel test; choose"
                            + " another");
            assertThatThrownBy(() -> rig.forwarder.entry("web"))
                    .hasMessage("forward 'web' of tunnel test is a remote one: connections go by it from the gateway to"
                            + " here");
            assertThat(rig.forwarder.statuses())
                    .extracting(one -> one.listening().isPresent())
                    .containsExactly(true, false);
        }
    }

    private CompletableFuture<Void> add(Forward forward) {
        CompletableFuture<Void> added = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        rig.forwarder.add(forward);
                        added.complete(null);
                    } catch (RuntimeException failed) {
                        added.completeExceptionally(failed);
                    }
                },
                "fixture-adder");
        thread.start();
        return added;
    }

    private static void assertRefused(CompletableFuture<Void> adding, String text) {
        assertThatThrownBy(() -> adding.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        TunnelException.class,
                        e -> assertThat(e.reason()).isEqualTo(FailureReason.REMOTE_LISTEN_REFUSED))
                .hasMessageContaining(text);
    }

    private FakeLink up() throws Exception {
        FakeLink link = new FakeLink();
        assertThat(start(link).link().toCompletableFuture().get(10, TimeUnit.SECONDS))
                .isSameAs(link);
        return rig.up(link);
    }

    /** Everybody has heard of it then. */
    private static void lose(FakeLink link) throws Exception {
        CompletableFuture<Void> heard = new CompletableFuture<>();
        link.lose();
        link.onReader(() -> heard.complete(null));
        heard.get(10, TimeUnit.SECONDS);
    }

    private LinkStart start(FakeLink link) {
        return rig.forwarder.onTopOf((gateway, number) -> new Up(link)).start(Gateway.parse("user@gateway"), 1);
    }

    private record Up(FakeLink up) implements LinkStart {
        @Override
        public CompletionStage<Link> link() {
            return CompletableFuture.completedFuture(up);
        }

        @Override
        public void timeOut(Duration deadline) {
            // It has completed.
        }

        @Override
        public void cancel() {
            // It has completed.
        }
    }
}
