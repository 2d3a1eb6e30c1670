package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.internal.forward.Rig.Client;
import dev.managedtunnel.internal.forward.Rig.End;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.TestData;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(60)
@ExtendWith(NoLeaks.class)
class RelayTest {
    private static final int SMALL_BUFFER = 8 * 1024;

    @Test
    void carriesEveryByteBothWaysAndTheClientSEndAfterThem() throws Exception {
        byte[] sent = TestData.bytes(1, 5_000_000);
        try (Rig rig = new Rig()) {
            rig.up(FakeLink.echo());
            Client client = rig.connect();
            Thread sender = sending(client, sent);
            assertThat(TestData.sha256(client.readAll())).isEqualTo(TestData.sha256(sent));
            sender.join();
            rig.awaitCount(ConnectionOutcome.SERVED, 1);
            assertThat(rig.status().bytesIn()).isEqualTo(sent.length);
            assertThat(rig.status().bytesOut()).isEqualTo(sent.length);
            assertThat(rig.status().active()).isZero();
            assertThat(rig.events).isEmpty();
        }
    }

    @Test
    void letsTheClientGoOnAfterTheTargetSEnd() throws Exception {
        byte[] sent = TestData.bytes(2, 3_000_000);
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect();
            FakeChannel channel = link.next();
            channel.confirm();
            channel.send(bytes("only this"));
            channel.sendEofToClient();
            assertThat(client.readAll()).isEqualTo(bytes("only this"));
            assertThat(rig.status().active()).isEqualTo(1);
            sending(client, sent).join();
            Rig.until("the client's end", channel::gotEof);
            assertThat(TestData.sha256(channel.received())).isEqualTo(TestData.sha256(sent));
            rig.awaitCount(ConnectionOutcome.SERVED, 1);
            Rig.until("closed", channel::hasEnded);
        }
    }

    @Test
    void deliversTheWholeResponseOfATargetThatEndsWithoutReading() throws Exception {
        byte[] response = TestData.bytes(3, 1_500_000);
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect(SMALL_BUFFER);
            FakeChannel channel = link.next();
            channel.readOnly(1000);
            channel.confirm();
            client.send(new byte[200_000]);
            Rig.until("the target reads no more", channel::hasRefused);
            channel.send(response);
            channel.sendEofToClient();
            channel.closeByTarget();
            Rig.until("the channel is down", channel::hasEnded);

            byte[] half = client.readBytes(700_000);
            client.send("more that nobody reads");
            byte[] rest = client.readAll();
            assertThat(half.length + rest.length).isEqualTo(response.length);
            assertThat(rest).endsWith(Arrays.copyOfRange(response, 1_400_000, 1_500_000));
            rig.awaitCount(ConnectionOutcome.SERVED, 1);
            assertThat(rig.status().active()).isZero();
            client.close();
            Rig.until("the socket is let go", () -> rig.scheduler.pending() == 0);
        }
    }

    @Test
    void doesNotListenForEverToAClientWhoseTargetHasEnded() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect();
            FakeChannel channel = link.next();
            channel.confirm();
            channel.sendEofToClient();
            channel.closeByTarget();
            assertThat(client.end()).isEqualTo(End.EOF);
            rig.awaitCount(ConnectionOutcome.SERVED, 1);
            client.send("is anybody there?");
            Rig.until("a timer", () -> rig.scheduler.pending() == 1);
            rig.scheduler.advance(LingeringSockets.LONGEST);
            assertThatThrownBy(() -> {
                        while (true) {
                            client.send("hello?");
                        }
                    })
                    .isInstanceOf(SocketException.class);
        }
    }

    @Test
    void breaksEstablishedConnectionsWithAResetWhenTheSessionIsLost() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(FakeLink.echo());
            Client client = rig.connect();
            client.send("x");
            client.read(1);
            link.lose();
            assertThat(client.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.BROKEN, 1);
            assertThat(rig.events)
                    .singleElement()
                    .satisfies(event -> assertThat(event.outcome()).isEqualTo(ConnectionOutcome.BROKEN));
        }
    }

    @Test
    void resetsTheClientWhenTheChannelEndsBeforeTheTargetHas() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect(SMALL_BUFFER);
            FakeChannel channel = link.next();
            channel.confirm();
            channel.send(TestData.bytes(4, 1_500_000));
            channel.closeByTarget();
            // not even what is queued is delivered: a clean end after it would look like a whole answer
            assertThat(client.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.BROKEN, 1);
        }
    }

    @Test
    void closesTheChannelWhenTheClientBreaksOff() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client idle = rig.connect();
            FakeChannel idles = link.next();
            idles.confirm();
            Client slow = rig.connect(SMALL_BUFFER);
            FakeChannel slows = link.next();
            slows.confirm();
            slows.send(TestData.bytes(5, 1_500_000));
            rig.awaitActive(2);
            idle.reset();
            Rig.until("closed", idles::hasEnded);
            slow.reset();
            Rig.until("closed", slows::hasEnded);
            rig.awaitCount(ConnectionOutcome.SERVED, 2);
        }
    }

    @Test
    void noClientThatDoesNotReadStallsAnother() throws Exception {
        byte[] sent = TestData.bytes(6, FakeChannel.WINDOW * 2);
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client slow = rig.connect(SMALL_BUFFER);
            FakeChannel slows = link.next();
            slows.confirm();
            slows.send(sent);
            slows.sendEofToClient();

            pingPong(rig, link);
            // credit is given only for what the socket has taken, so the target has to stop
            assertThat(slows.unacknowledged()).isPositive();

            assertThat(TestData.sha256(slow.readAll())).isEqualTo(TestData.sha256(sent));
            Rig.until("all credit is back", () -> slows.unacknowledged() == 0);
        }
    }

    @Test
    void noTargetThatDoesNotReadStallsAnother() throws Exception {
        byte[] sent = TestData.bytes(7, 1_000_000);
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect();
            FakeChannel stalled = link.next();
            stalled.readOnly(0);
            stalled.confirm();
            Thread sender = sending(client, sent);
            Rig.until("stalled", stalled::hasRefused);

            pingPong(rig, link);

            stalled.readOn();
            Rig.until("the end", stalled::gotEof);
            assertThat(TestData.sha256(stalled.received())).isEqualTo(TestData.sha256(sent));
            sender.join();
        }
    }

    @Test
    void aTargetThatStopsReadingStillGetsItsAnswerThrough() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect();
            FakeChannel channel = link.next();
            channel.readOnly(0);
            channel.confirm();
            client.send(new byte[100_000]);
            Rig.until("stalled", channel::hasRefused);
            channel.send(bytes("stop it"));
            assertThat(client.read(7)).isEqualTo("stop it");
        }
    }

    @Test
    void aClientWhoseTargetIsStalledEndsWithTheSession() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect();
            FakeChannel channel = link.next();
            channel.readOnly(0);
            channel.confirm();
            client.send(new byte[100_000]);
            Rig.until("stalled", channel::hasRefused);
            link.lose();
            assertThat(client.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.BROKEN, 1);
        }
    }

    @Test
    void givesUpAClientThatDoesNotReadWhenTheServerIgnoresTheWindow() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client slow = rig.connect(SMALL_BUFFER);
            FakeChannel flood = link.next();
            flood.ignoreWindow();
            flood.confirm();
            flood.send(new byte[2 * Rig.MAX_WINDOW + 8 * 1024 * 1024]);
            rig.awaitCount(ConnectionOutcome.BROKEN, 1);
            assertThat(rig.status().lastError().orElseThrow())
                    .isEqualTo("more than 33554432 bytes were queued for a client that does not read");
            assertThat(slow.end()).isEqualTo(End.RESET);
            Rig.until("closed", flood::hasEnded);
            pingPong(rig, link);
        }
    }

    @Test
    void theLoopRestsWhileEverybodyIsStalled() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            rig.connect(SMALL_BUFFER);
            FakeChannel slows = link.next();
            slows.confirm();
            slows.send(new byte[FakeChannel.WINDOW]);
            Client blocked = rig.connect();
            FakeChannel stalled = link.next();
            stalled.readOnly(0);
            stalled.confirm();
            blocked.send(new byte[100_000]);
            Client halfClosed = rig.connect();
            link.next().confirm();
            halfClosed.sendEof();
            Client silent = rig.connect();
            silent.sendEof();
            link.next();
            Rig.until("stalled", stalled::hasRefused);
            Rig.until("queued", () -> rig.status().bytesIn() == FakeChannel.WINDOW);

            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long loop = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("tunnel-test-loop"))
                    .findFirst()
                    .orElseThrow()
                    .getId();
            long before = threads.getThreadCpuTime(loop);
            LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
            long used = threads.getThreadCpuTime(loop) - before;
            assertThat(Duration.ofNanos(used)).isLessThan(Duration.ofMillis(100));
        }
    }

    @Test
    void idleConnectionsCostNoThread() throws Exception {
        try (Rig rig = new Rig()) {
            rig.up(FakeLink.echo());
            for (int i = 0; i < 200; i++) {
                rig.connect();
            }
            rig.awaitActive(200);
            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .filteredOn(name -> name.startsWith("tunnel-") || name.startsWith("fixture-worker"))
                    .containsExactly("tunnel-test-loop");
            assertThat(rig.status().accepted()).isEqualTo(200);
        }
    }

    private static void pingPong(Rig rig, FakeLink link) throws IOException {
        Client client = rig.connect();
        FakeChannel channel = link.next();
        channel.onData = channel::send;
        channel.confirm();
        for (int i = 0; i < 100; i++) {
            client.send("ping" + i);
            assertThat(client.read(("ping" + i).length())).isEqualTo("ping" + i);
        }
    }

    private static Thread sending(Client client, byte[] bytes) {
        Thread sender = new Thread(
                () -> {
                    try {
                        client.send(bytes);
                        client.sendEof();
                    } catch (IOException failed) {
                        throw new IllegalStateException(failed);
                    }
                },
                "fixture-sender");
        sender.start();
        return sender;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
