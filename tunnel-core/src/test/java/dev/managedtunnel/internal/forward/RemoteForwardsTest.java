package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.Parking;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.forward.FakeLink.FakeOffer;
import dev.managedtunnel.internal.forward.FakeLink.Request;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.UnreachableAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RemoteForwardsTest {
    private static final Gateway GATEWAY = Gateway.parse("user@gateway");
    private static final Forward.Remote WEB =
            Forward.remote(8080, "localhost", 9).named("web");

    private static Rig rig(Forward... forwards) {
        return new Rig(Parking.upTo(1), forwards);
    }

    @Test
    void aSessionIsUpWhenTheGatewayListensForAll() throws Exception {
        try (Rig rig = rig(WEB, Forward.remote(0, "localhost", 9).named("any").listenOn("*", 0))) {
            FakeLink link = rig.own(new FakeLink());
            Start session = new Start();
            LinkStart start = start(rig, session, 1);
            session.result.complete(link);
            Request web = link.nextRequest();
            Request any = link.nextRequest();
            assertThat(web).returns("localhost", Request::address).returns(8080, Request::port);
            assertThat(any).returns("", Request::address).returns(0, Request::port);
            web.answer().complete(8080);
            assertThat(start.link().toCompletableFuture()).isNotDone();
            any.answer().complete(41_000);
            assertThat(start.link().toCompletableFuture()).isCompletedWithValue(link);
            assertThat(rig.forwarder.statuses())
                    .extracting(forward -> forward.listening().orElseThrow())
                    .containsExactly(Endpoint.tcp("localhost", 8080), Endpoint.tcp("*", 41_000));
            assertThat(rig.forwarder.address("any")).hasToString("*/<unresolved>:41000");
        }
    }

    @Test
    void aRefusalFailsTheStartAndEndsTheSessionFirst() throws Exception {
        try (Rig rig = rig(WEB)) {
            FakeLink link = rig.own(new FakeLink());
            LinkStart start = start(rig, Start.up(link), 3);
            link.nextRequest().refuse();
            assertFails(
                    start,
                    FailureReason.REMOTE_LISTEN_REFUSED,
                    "forward 'web': gateway user@gateway:22 does not listen on localhost:8080 (attempt 3): the gateway"
                            + " refused; it has the port in use, or does not allow it (AllowTcpForwarding, PermitListen)");
            assertThat(link.lost().toCompletableFuture()).isDone();
        }
    }

    @Test
    void aRefusalAfterALossIsPutDownToTheGhost() throws Exception {
        try (Rig rig = rig(WEB)) {
            FakeLink first = rig.own(new FakeLink());
            LinkStart start = start(rig, Start.up(first), 1);
            first.nextRequest().answer().complete(8080);
            get(start.link());
            first.lose();
            Rig.until("no listener", () -> rig.status().listening().isEmpty());
            assertThatThrownBy(() -> rig.forwarder.address("web"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("listens at the gateway, and no session is up");
            FakeLink second = rig.own(new FakeLink());
            LinkStart next = start(rig, Start.up(second), 2);
            second.nextRequest().refuse();
            assertFails(
                    next,
                    FailureReason.REMOTE_LISTEN_REFUSED,
                    "most likely the session that was lost still has the port there");
        }
    }

    @Test
    void aSecondSessionComesUpWithoutAskingAndTakesOverWhenTheFirstIsLost() throws Exception {
        try (Rig rig = rig(WEB)) {
            FakeLink first = up(rig, 1);
            FakeLink second = rig.own(new FakeLink());
            get(start(rig, Start.up(second), 2).link());
            rig.forwarder.linkUp(second);
            assertThat(second.requests).isEmpty();
            first.lose();
            Request ghostly = second.nextRequest();
            assertThat(rig.status().listening()).isEmpty();
            ghostly.refuse();
            Rig.until("another try", () -> rig.scheduler.pending() == 1);
            rig.scheduler.advance(Duration.ofMillis(200));
            second.nextRequest().answer().complete(8080);
            assertThat(rig.status().listening()).contains(Endpoint.tcp("localhost", 8080));
        }
    }

    @Test
    void theListenerMovesFromASessionThatIsReplacedToTheNext() throws Exception {
        try (Rig rig = rig(WEB)) {
            FakeLink first = up(rig, 1);
            FakeLink second = rig.own(new FakeLink());
            get(start(rig, Start.up(second), 2).link());
            rig.forwarder.linkUp(second);
            var unused = rig.forwarder.retire(first);
            second.nextRequest().answer().complete(8080);
            assertThat(first.unlistened).containsExactly("localhost:8080");
            first.lose();
            get(first.lost());
            assertThat(rig.status().listening()).contains(Endpoint.tcp("localhost", 8080));
        }
    }

    @Test
    void closingTakesTheListenerBack() throws Exception {
        FakeLink link;
        try (Rig rig = rig(WEB)) {
            link = up(rig, 1);
            rig.forwarder.close();
            assertThat(rig.status().listening()).isEmpty();
        }
        assertThat(link.unlistened).containsExactly("localhost:8080");
    }

    private static FakeLink up(Rig rig, long number) throws Exception {
        FakeLink link = rig.own(new FakeLink());
        LinkStart start = start(rig, Start.up(link), number);
        link.nextRequest().answer().complete(8080);
        get(start.link());
        rig.forwarder.linkUp(link);
        return link;
    }

    @Test
    void aGatewayThatDoesNotAnswerIsGivenUpAtTheDeadline() throws Exception {
        try (Rig rig = rig(WEB)) {
            FakeLink link = rig.own(new FakeLink());
            LinkStart start = start(rig, Start.up(link), 1);
            link.nextRequest();
            start.timeOut(Duration.ofSeconds(15));
            assertFails(start, FailureReason.REMOTE_LISTEN_REFUSED, "did not answer the request to listen within 15 s");
            assertThat(link.lost().toCompletableFuture()).isDone();
        }
    }

    @Test
    void aSessionThatComesUpAfterTheCancelIsEnded() throws Exception {
        try (Rig rig = rig(WEB)) {
            FakeLink link = rig.own(new FakeLink());
            Start session = new Start();
            LinkStart start = start(rig, session, 1);
            start.cancel();
            assertThat(session.cancelled).isTrue();
            session.result.complete(link);
            assertFails(start, FailureReason.CLOSED, "cancelled");
            assertThat(link.requests).isEmpty();
        }
    }

    @Test
    void bytesGoBothWaysBetweenTheGatewaysClientAndTheTarget(@TempDir Path dir) throws Exception {
        try (Target echo = Target.unix(dir.resolve("echo.sock"), Targets.echo());
                Rig rig =
                        rig(Forward.remote(0, Endpoint.unixSocket(echo.socket().toString()))
                                .named("web"))) {
            FakeLink link = rig.own(new FakeLink());
            FakeChannel channel = link.offer(listening(rig, link)).taken.get(10, TimeUnit.SECONDS);
            channel.send("hello".getBytes(StandardCharsets.UTF_8));
            channel.sendEofToClient();
            Rig.until("the echo and its end", () -> channel.gotEof());
            assertThat(channel.received()).asString(StandardCharsets.UTF_8).isEqualTo("hello");
            rig.awaitCount(ConnectionOutcome.SERVED, 1);
            assertThat(rig.status()).returns(5L, status -> status.bytesIn()).returns(5L, status -> status.bytesOut());
        }
    }

    @Test
    void aTargetThatRefusesIsToldToTheGateway() throws Exception {
        int dead;
        try (ServerSocket socket = new ServerSocket(0)) {
            dead = socket.getLocalPort();
        }
        try (Rig rig = rig(Forward.remote(0, "localhost", dead).named("web"))) {
            FakeLink link = rig.own(new FakeLink());
            FakeOffer offer = link.offer(listening(rig, link));
            assertThat(offer.refused.get(10, TimeUnit.SECONDS))
                    .isEqualTo("can't reach localhost:" + dead + " from here: Connection refused");
            rig.awaitCount(ConnectionOutcome.TARGET_REFUSED, 1);
            assertThat(rig.status()).returns(0, status -> status.parked());
        }
    }

    @Test
    void aNameThatIsUnknownIsToldToTheGateway() throws Exception {
        try (Rig rig = rig(Forward.remote(0, "no-such-host.invalid", 9).named("web"))) {
            FakeLink link = rig.own(new FakeLink());
            FakeOffer offer = link.offer(listening(rig, link));
            assertThat(offer.refused.get(30, TimeUnit.SECONDS)).contains("its name can't be resolved");
        }
    }

    @Test
    void aTargetThatDoesNotAnswerIsGivenUp() throws Exception {
        try (UnreachableAddress silent = UnreachableAddress.blackHole();
                Rig rig = rig(Forward.remote(0, silent.host(), silent.port()).named("web"))) {
            FakeLink link = rig.own(new FakeLink());
            FakeOffer offer = link.offer(listening(rig, link));
            rig.awaitWaiting(1);
            rig.scheduler.advance(Dial.DEADLINE);
            assertThat(offer.refused.get(10, TimeUnit.SECONDS)).contains("did not answer within 10 s");
            rig.awaitCount(ConnectionOutcome.TARGET_TIMEOUT, 1);
        }
    }

    @Test
    void closingEndsThoseWhoseTargetHasNotAnswered() throws Exception {
        try (UnreachableAddress silent = UnreachableAddress.blackHole();
                Rig rig = rig(Forward.remote(0, silent.host(), silent.port()).named("web"))) {
            FakeLink link = rig.own(new FakeLink());
            FakeOffer offer = link.offer(listening(rig, link));
            rig.awaitWaiting(1);
            rig.forwarder.close();
            assertThat(offer.refused.get(10, TimeUnit.SECONDS)).contains("the tunnel was closed");
            assertThat(rig.count(ConnectionOutcome.TUNNEL_DOWN)).isEqualTo(1);
        }
    }

    @Test
    void aSessionThatEndsBeforeTheTargetIsReachedBreaksTheConnection() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                Rig rig = rig(Forward.remote(0, "localhost", echo.port()).named("web"))) {
            FakeLink link = rig.own(new FakeLink());
            Request listener = listening(rig, link);
            link.lose();
            link.offer(listener);
            rig.awaitCount(ConnectionOutcome.BROKEN, 1);
            Rig.until("no connection at the target", () -> echo.open() == 0);
        }
    }

    private static Request listening(Rig rig, FakeLink link) throws Exception {
        LinkStart start = start(rig, Start.up(link), 1);
        Request request = link.nextRequest();
        request.answer().complete(8080);
        get(start.link());
        return request;
    }

    private static LinkStart start(Rig rig, Start session, long number) {
        return rig.forwarder.onTopOf((gateway, same) -> session).start(GATEWAY, number);
    }

    private static void assertFails(LinkStart start, FailureReason reason, String text) {
        assertThatThrownBy(() -> get(start.link()))
                .cause()
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(text);
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /** A session start in the test's hand. */
    private static final class Start implements LinkStart {
        private final CompletableFuture<Link> result = new CompletableFuture<>();
        private boolean cancelled;

        static Start up(FakeLink link) {
            Start start = new Start();
            start.result.complete(link);
            return start;
        }

        @Override
        public CompletionStage<Link> link() {
            return result;
        }

        @Override
        public void timeOut(Duration deadline) {
            // It has completed.
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }
}
