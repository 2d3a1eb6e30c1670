package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Parking;
import dev.managedtunnel.internal.forward.Rig.Client;
import dev.managedtunnel.internal.forward.Rig.End;
import dev.managedtunnel.internal.status.Recorder;
import dev.managedtunnel.internal.time.FakeScheduler;
import dev.managedtunnel.testing.NoLeaks;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(60)
@ExtendWith(NoLeaks.class)
class CloseTest {
    @Test
    void isQuickAndCompleteWhileEverythingIsStuck() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client slow = rig.connect(8 * 1024);
            FakeChannel flood = link.next();
            flood.confirm();
            flood.send(new byte[FakeChannel.WINDOW]);
            Client blocked = rig.connect();
            FakeChannel stalled = link.next();
            stalled.readOnly(0);
            stalled.confirm();
            blocked.send(new byte[100_000]);
            Rig.until("a worker hangs", stalled::hasRefused);
            Client opening = rig.connect();
            FakeChannel asked = link.next();
            Client lingering = rig.connect();
            FakeChannel over = link.next();
            over.confirm();
            over.sendEofToClient();
            over.closeByTarget();
            rig.awaitCount(ConnectionOutcome.SERVED, 1);
            int port = rig.address().getPort();

            long start = System.nanoTime();
            rig.forwarder.close();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));

            assertThat(loopThreads()).isZero();
            assertThat(slow.end()).isEqualTo(End.RESET);
            assertThat(blocked.end()).isEqualTo(End.RESET);
            assertThat(opening.end()).isEqualTo(End.RESET);
            assertThat(lingering.end()).isEqualTo(End.EOF);
            assertThat(asked.answer).isCancelled();
            assertThat(flood.hasEnded()).isTrue();
            assertThat(stalled.hasEnded()).isTrue();
            assertThat(rig.count(ConnectionOutcome.BROKEN)).isEqualTo(2);
            assertThat(rig.count(ConnectionOutcome.TUNNEL_DOWN)).isEqualTo(1);
            assertThat(rig.status().accepted()).isEqualTo(4);
            assertThat(rig.scheduler.pending()).isZero();
            assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                    .isInstanceOf(ConnectException.class);
            // the port can be had again at once, connections of before or not
            new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
        }
    }

    @Test
    void endsParkedConnectionsAndTheirTimer() throws Exception {
        try (Rig rig = new Rig()) {
            Client parked = rig.connect();
            rig.awaitParked(1);
            rig.forwarder.close();
            assertThat(parked.end()).isEqualTo(End.RESET);
            assertThat(rig.count(ConnectionOutcome.TUNNEL_DOWN)).isEqualTo(1);
            assertThat(rig.scheduler.pending()).isZero();
        }
    }

    @Test
    void mayBeCalledOftenByManyAndEverythingAfterItIsHarmless() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            rig.connect();
            FakeChannel asked = link.next();
            List<Thread> closers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Thread closer = new Thread(rig.forwarder::close, "fixture-closer");
                closer.start();
                closers.add(closer);
            }
            asked.confirm();
            for (Thread closer : closers) {
                closer.join();
            }
            Rig.until("a late channel is closed", asked::hasEnded);
            rig.forwarder.linkUp(link);
            rig.forwarder.linkDown(link);
            assertThat(rig.forwarder.drain()).isDone();
            rig.forwarder.close();
            assertThat(rig.status().accepted()).isEqualTo(1);
        }
    }

    @Test
    void doesNotWaitForItself() throws Exception {
        AtomicReference<Forwarder> closing = new AtomicReference<>();
        CompletableFuture<Void> returned = new CompletableFuture<>();
        Forwarder forwarder = Forwarder.bind(
                "test",
                List.of(Forward.local("db", 1)),
                Parking.off(),
                Rig.MAX_WINDOW,
                new FakeScheduler(),
                Runnable::run,
                Recorder.NONE,
                event -> {
                    closing.get().close();
                    returned.complete(null);
                });
        closing.set(forwarder);
        assertThat(Rig.endOfNewConnection(forwarder.address("db:1"))).isEqualTo(End.RESET);
        returned.get(10, TimeUnit.SECONDS);
        forwarder.close();
        assertThat(loopThreads()).isZero();
    }

    @Test
    void leavesTheInterruptToTheCaller() throws Exception {
        try (Rig rig = new Rig()) {
            Thread.currentThread().interrupt();
            rig.forwarder.close();
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aDrainLetsEstablishedConnectionsFinishAndTakesNoNewOnes() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(FakeLink.echo());
            Client client = rig.connect();
            client.send("x");
            client.read(1);
            CompletableFuture<Void> drained = rig.forwarder.drain();
            Rig.until("the listener is closed", () -> isRefused(rig));
            client.send("still served");
            assertThat(client.read(12)).isEqualTo("still served");
            assertThat(drained).isNotDone();
            client.sendEof();
            assertThat(client.end()).isEqualTo(End.EOF);
            drained.get(10, TimeUnit.SECONDS);
            assertThat(link.live()).isZero();
            assertThat(rig.count(ConnectionOutcome.SERVED)).isPositive();
        }
    }

    @Test
    void aDrainRefusesWhatWaitsForASession() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client opening = rig.connect();
            link.next();
            rig.forwarder.linkDown(link);
            Client parked = rig.connect();
            rig.awaitWaiting(2);
            CompletableFuture<Void> drained = rig.forwarder.drain();
            assertThat(parked.end()).isEqualTo(End.RESET);
            link.lose();
            assertThat(opening.end()).isEqualTo(End.RESET);
            drained.get(10, TimeUnit.SECONDS);
            assertThat(rig.count(ConnectionOutcome.TUNNEL_DOWN)).isEqualTo(2);
        }
    }

    @Test
    void anErrorOnTheLoopEndsTheForwarderVisibly() throws Exception {
        Forwarder forwarder = Forwarder.bind(
                "test",
                List.of(Forward.local("db", 1)),
                Parking.off(),
                Rig.MAX_WINDOW,
                new FakeScheduler(),
                Runnable::run,
                Recorder.NONE,
                event -> {
                    throw new StackOverflowError("made up");
                });
        assertThat(Rig.endOfNewConnection(forwarder.address("db:1"))).isEqualTo(End.RESET);
        Throwable why = forwarder.died().toCompletableFuture().get(10, TimeUnit.SECONDS);
        assertThat(why).isInstanceOf(StackOverflowError.class);
        forwarder.close();
        assertThatThrownBy(() -> {
                    try (Socket late = new Socket()) {
                        late.connect(forwarder.address("db:1"));
                    }
                })
                .isInstanceOf(ConnectException.class);
        assertThat(forwarder.drain()).isDone();
    }

    private static boolean isRefused(Rig rig) {
        try (Socket probe = new Socket()) {
            probe.connect(rig.address());
            return false;
        } catch (IOException refused) {
            return true;
        }
    }

    private static long loopThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("tunnel-test-loop"))
                .count();
    }
}
