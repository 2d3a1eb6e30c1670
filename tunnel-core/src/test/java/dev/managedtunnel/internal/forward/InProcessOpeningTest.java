package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Parking;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.socket.InProcessSocketFactory;
import dev.managedtunnel.testing.NoLeaks;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** How a connection of this process comes to its channel, or to an error that says why not. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
class InProcessOpeningTest {
    private static final Forward.Local HIDDEN = Forward.local("db", 5432).inProcessOnly();

    private final ExecutorService application = Executors.newCachedThreadPool();

    @AfterEach
    void endApplication() {
        Rig.end(application);
    }

    @Test
    void reachesTheTargetWithoutAnyListener() throws Exception {
        try (Rig rig = new Rig(Parking.upTo(1), HIDDEN)) {
            FakeLink link = rig.up(FakeLink.echo());
            try (Socket socket = connect(rig)) {
                socket.getOutputStream().write(bytes("hello"));
                assertThat(socket.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
                assertThat(link.next().target).isEqualTo(Endpoint.tcp("db", 5432));
                assertThat(rig.status().listening()).isEmpty();
                assertThat(rig.status().active()).isEqualTo(1);
                assertThat(rig.status().bytesIn()).isEqualTo(5);
                assertThat(rig.status().bytesOut()).isEqualTo(5);
                assertThat(rig.openTimes).hasSize(1);
            }
            rig.awaitCount(ConnectionOutcome.SERVED, 1);
            rig.awaitActive(0);
            Rig.until("the channel's end", () -> link.live() == 0);
            assertThat(rig.status().lastError()).isEmpty();
            assertThat(rig.events).isEmpty();
        }
    }

    @Test
    void oneWithoutAListenerSaysHowItIsUsed() throws Exception {
        try (Rig rig = new Rig(Parking.upTo(1), HIDDEN.named("orders"))) {
            String remedy = ": it is for in-process use only; use socketFactory(\"orders\")";
            assertThatThrownBy(() -> rig.forwarder.address("orders"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("forward 'orders' of tunnel test has no TCP listener" + remedy);
            assertThatThrownBy(() -> rig.forwarder.socketPath("orders"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("forward 'orders' of tunnel test has no Unix socket listener" + remedy);
            assertThatThrownBy(() -> rig.forwarder.entry("other"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("forward: 'other' is none of tunnel test; it has [orders]");
        }
    }

    @Test
    void aForwardWithAListenerServesBothAlike() throws Exception {
        try (Rig rig = new Rig()) {
            rig.up(FakeLink.echo());
            rig.connect().send("a");
            try (Socket socket = connect(rig)) {
                socket.getOutputStream().write('b');
                assertThat(socket.getInputStream().read()).isEqualTo('b');
                rig.awaitActive(2);
                assertThat(rig.status().accepted()).isEqualTo(2);
            }
        }
    }

    @Test
    void isParkedUntilASessionIsUpInOrderOfArrival() throws Exception {
        try (Rig rig = new Rig()) {
            Future<Socket> first = application.submit(() -> connect(rig));
            rig.awaitParked(1);
            rig.connect();
            rig.awaitWaiting(2);
            Future<Socket> third = application.submit(() -> connect(rig));
            rig.awaitWaiting(3);
            rig.scheduler.advance(Duration.ofSeconds(2));
            FakeLink link = rig.up(new FakeLink());
            FakeChannel channel = link.next();
            channel.confirm();
            try (Socket socket = first.get(10, TimeUnit.SECONDS)) {
                socket.getOutputStream().write(1);
                Rig.until("the byte", () -> channel.received().length == 1);
                link.next().confirm();
                link.next().confirm();
                third.get(10, TimeUnit.SECONDS).close();
            }
            assertThat(rig.parkedTimes).hasSize(3).containsOnly(Duration.ofSeconds(2));
        }
    }

    @Test
    void isRefusedWhenParkingIsFull() throws Exception {
        try (Rig rig = new Rig(Parking.upTo(1))) {
            rig.connect();
            rig.awaitParked(1);
            assertThatThrownBy(() -> connect(rig))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("tunnel test, forward db:5432: no session is up, and 1 wait already");
            rig.awaitCount(ConnectionOutcome.PARKING_FULL, 1);
            assertThat(rig.events).hasSize(1);
        }
    }

    @Test
    void isRefusedWhenParkingIsOff() throws Exception {
        try (Rig rig = new Rig(Parking.off())) {
            assertThatThrownBy(() -> connect(rig))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("tunnel test, forward db:5432: no session is up, and parking is off");
        }
    }

    @Test
    void isRefusedWhenItsParkingTimeIsUp() throws Exception {
        try (Rig rig = new Rig(Parking.upTo(1).forAtMost(Duration.ofSeconds(30)))) {
            Future<Socket> parked = application.submit(() -> connect(rig));
            rig.awaitParked(1);
            rig.scheduler.advance(Duration.ofSeconds(30));
            assertThat(failure(parked))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("tunnel test, forward db:5432: no session came up within 30 s");
            assertThat(rig.count(ConnectionOutcome.PARKING_EXPIRED)).isEqualTo(1);
        }
    }

    @Test
    void itsConnectTimesOutWhileItIsParked() throws Exception {
        try (Rig rig = new Rig()) {
            assertThatThrownBy(() -> connect(rig, 20))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Connect timed out (tunnel test, forward db:5432): waited 20 ms for a session");
            rig.awaitCount(ConnectionOutcome.CLIENT_LEFT, 1);
            rig.awaitWaiting(0);
            assertThat(rig.scheduler.pending()).isZero();
            assertThat(rig.status().lastError()).isEmpty();
        }
    }

    @Test
    void itsConnectTimesOutWhileTheChannelIsBeingOpened() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            assertThatThrownBy(() -> connect(rig, 20))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Connect timed out (tunnel test, forward db:5432): waited 20 ms for the gateway's"
                            + " answer about db:5432");
            rig.awaitCount(ConnectionOutcome.CLIENT_LEFT, 1);
            FakeChannel channel = link.next();
            assertThat(channel.answer).isCancelled();
            channel.confirm();
            Rig.until("closed", channel::hasEnded);
        }
    }

    @Test
    void aRefusalSaysWhatTheGatewaySaid() throws Exception {
        try (Rig rig = new Rig()) {
            rig.up(new FakeLink(channel -> channel.refuse("gateway g did not reach db:5432 (CONNECT_FAILED)")));
            assertThatThrownBy(() -> connect(rig))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("tunnel test, forward db:5432: gateway g did not reach db:5432 (CONNECT_FAILED)");
            assertThat(rig.count(ConnectionOutcome.TARGET_REFUSED)).isEqualTo(1);
            assertThat(rig.status().lastError()).contains("gateway g did not reach db:5432 (CONNECT_FAILED)");
            assertThat(rig.events)
                    .singleElement()
                    .satisfies(event -> assertThat(event.outcome()).isEqualTo(ConnectionOutcome.TARGET_REFUSED));
        }
    }

    @Test
    void aTargetThatGivesNoAnswerIsCountedApart() throws Exception {
        try (Rig rig = new Rig()) {
            rig.up(new FakeLink(channel -> channel.failOpen(ChannelException.Kind.TIMED_OUT, "no answer in 10 s")));
            assertThatThrownBy(() -> connect(rig))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("tunnel test, forward db:5432: no answer in 10 s");
            assertThat(rig.count(ConnectionOutcome.TARGET_TIMEOUT)).isEqualTo(1);
        }
    }

    @Test
    void movesToTheNextSessionWhenTheFirstDiesBeforeConfirmation() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink first = rig.up(new FakeLink());
            Future<Socket> connecting = application.submit(() -> connect(rig));
            first.next();
            first.lose();
            rig.awaitParked(1);
            rig.forwarder.linkDown(first);
            rig.up(FakeLink.echo());
            try (Socket socket = connecting.get(10, TimeUnit.SECONDS)) {
                socket.getOutputStream().write('x');
                assertThat(socket.getInputStream().read()).isEqualTo('x');
            }
            assertThat(rig.status().accepted()).isEqualTo(1);
        }
    }

    @Test
    void waitsForASessionAgainAfterAMove() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Future<Socket> connecting = application.submit(() -> connect(rig, 2_000));
            link.next();
            link.lose();
            rig.awaitParked(1);
            assertThat(failure(connecting)).hasMessageEndingWith("waited 2 s for a session");
        }
    }

    @Test
    void isBrokenWhenTheTargetHadSpokenBeforeTheSessionDied() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Future<Socket> connecting = application.submit(() -> connect(rig));
            FakeChannel channel = link.next();
            channel.send(new byte[] {1});
            Rig.until("the byte", () -> rig.status().bytesIn() == 1);
            link.lose();
            assertThat(failure(connecting))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContaining("when the target had begun to answer");
            assertThat(rig.count(ConnectionOutcome.BROKEN)).isEqualTo(1);
        }
    }

    @Test
    void deliversWhatTheTargetSaidBeforeItsConfirmationWasKnown() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Future<Socket> connecting = application.submit(() -> connect(rig));
            FakeChannel channel = link.next();
            channel.send(bytes("220 hello"));
            channel.sendEofToClient();
            channel.closeByTarget();
            Rig.until("the bytes", () -> rig.status().bytesIn() == 9);
            channel.confirm();
            try (Socket socket = connecting.get(10, TimeUnit.SECONDS)) {
                assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("220 hello");
            }
            rig.awaitCount(ConnectionOutcome.SERVED, 1);
        }
    }

    @Test
    void anotherThreadsCloseEndsAConnect() throws Exception {
        try (Rig rig = new Rig()) {
            Socket socket = sockets(rig).createSocket();
            Future<Void> connecting = application.submit(() -> {
                socket.connect(InetSocketAddress.createUnresolved("any", 1));
                return null;
            });
            rig.awaitParked(1);
            socket.close();
            assertThat(failure(connecting)).isInstanceOf(SocketException.class).hasMessage("Socket closed");
            rig.awaitCount(ConnectionOutcome.CLIENT_LEFT, 1);
        }
    }

    @Test
    void anInterruptEndsNoConnectAndStaysSet() throws Exception {
        try (Rig rig = new Rig()) {
            for (int timeout : new int[] {0, 60_000}) {
                CompletableFuture<Thread> thread = new CompletableFuture<>();
                Future<Boolean> connecting = application.submit(() -> {
                    thread.complete(Thread.currentThread());
                    connect(rig, timeout).close();
                    return Thread.interrupted();
                });
                rig.awaitParked(1);
                thread.get().interrupt();
                FakeLink link = rig.up(FakeLink.echo());
                assertThat(connecting.get(10, TimeUnit.SECONDS)).isTrue();
                rig.forwarder.linkDown(link);
                link.lose();
            }
        }
    }

    @Test
    void aFailedTunnelRefusesAtOnce() throws Exception {
        try (Rig rig = new Rig()) {
            rig.forwarder.ended(new TunnelException(FailureReason.AUTH_REJECTED, "no key is accepted", null));
            assertThatThrownBy(() -> connect(rig))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageStartingWith("tunnel test, forward db:5432: no session will come: ")
                    .hasMessageContaining("no key is accepted");
            assertThat(rig.count(ConnectionOutcome.TUNNEL_DOWN)).isEqualTo(1);
        }
    }

    @Test
    void aClosedTunnelRefusesAtOnce() throws Exception {
        Rig rig = new Rig();
        Socket unused = sockets(rig).createSocket();
        rig.close();
        assertThatThrownBy(() -> unused.connect(InetSocketAddress.createUnresolved("any", 1)))
                .isInstanceOf(ConnectException.class)
                .hasMessage("tunnel test, forward db:5432: the tunnel is closed");
    }

    @Test
    void survivesALinkThatFailsInAnUnexpectedWay() throws Exception {
        try (Rig rig = new Rig()) {
            rig.up(new FakeLink(channel -> {
                throw new IllegalStateException("a bug in the link");
            }));
            assertThatThrownBy(() -> connect(rig))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContaining("a bug in the link");
            assertThat(rig.count(ConnectionOutcome.TUNNEL_DOWN)).isEqualTo(1);
        }
    }

    static InProcessSocketFactory sockets(Rig rig) {
        InProcessEntry entry = rig.forwarder.entry(Rig.FORWARD);
        return new InProcessSocketFactory(asked -> entry);
    }

    static Socket connect(Rig rig) throws IOException {
        return connect(rig, 0);
    }

    private static Socket connect(Rig rig, int timeoutMillis) throws IOException {
        Socket socket = sockets(rig).createSocket();
        socket.connect(InetSocketAddress.createUnresolved("any", 1), timeoutMillis);
        return socket;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Throwable failure(Future<?> future) throws Exception {
        try {
            Object unexpected = future.get(10, TimeUnit.SECONDS);
            throw new AssertionError("no failure but " + unexpected);
        } catch (ExecutionException failed) {
            return failed.getCause();
        }
    }
}
