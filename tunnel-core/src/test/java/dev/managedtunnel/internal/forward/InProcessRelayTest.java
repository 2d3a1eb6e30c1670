package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.TestData;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Bytes, ends and errors of an established connection of this process. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
class InProcessRelayTest {
    private static final String BROKEN = "Connection reset (tunnel test, forward db:5432): its session or its channel"
            + " ended before the target had finished";

    private final ExecutorService application = Executors.newCachedThreadPool();
    private Rig rig;
    private FakeLink link;
    private FakeChannel channel;
    private Socket socket;
    private InputStream in;
    private OutputStream out;

    @BeforeEach
    void connect() throws Exception {
        rig = new Rig();
        link = rig.up(new FakeLink(FakeChannel::confirm));
        socket = InProcessOpeningTest.connect(rig);
        channel = link.next();
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    @AfterEach
    void end() throws IOException {
        socket.close();
        Rig.end(application);
        rig.close();
    }

    @Test
    void writesAndReadsInPiecesOfAnySize() throws Exception {
        byte[] up = TestData.bytes(1, 3_000_000);
        byte[] down = TestData.bytes(2, 3_000_000);
        Future<Void> writing = application.submit(() -> inPieces(up, out::write));
        channel.send(down);
        assertThat(in.readNBytes(down.length)).isEqualTo(down);
        writing.get(10, TimeUnit.SECONDS);
        assertThat(channel.received()).isEqualTo(up);
        assertThat(channel.unacknowledged()).isZero();
        assertThat(rig.status().bytesIn()).isEqualTo(down.length);
        assertThat(rig.status().bytesOut()).isEqualTo(up.length);
    }

    @Test
    void creditsOnlyWhatTheApplicationHasRead() throws Exception {
        channel.send(TestData.bytes(3, FakeChannel.WINDOW + 100_000));
        Rig.until("the window is used up", () -> channel.unacknowledged() == FakeChannel.WINDOW);
        assertThat(in.available()).isEqualTo(FakeChannel.WINDOW);
        assertThat(in.readNBytes(1000)).hasSize(1000);
        Rig.until("1000 bytes more", () -> channel.unacknowledged() == FakeChannel.WINDOW);
        assertThat(in.readNBytes(FakeChannel.WINDOW + 99_000)).hasSize(FakeChannel.WINDOW + 99_000);
        assertThat(channel.unacknowledged()).isZero();
        assertThat(in.available()).isZero();
    }

    @Test
    void aWriteWaitsForATargetThatDoesNotRead() throws Exception {
        channel.readOnly(10);
        byte[] data = TestData.bytes(4, 100_000);
        Future<Void> writing = application.submit(() -> inPieces(data, out::write));
        Rig.until("it waits", channel::hasRefused);
        channel.readOnly(50_000);
        Rig.until("it waits again", channel::hasRefused);
        assertThat(writing.isDone()).isFalse();
        channel.readOn();
        writing.get(10, TimeUnit.SECONDS);
        assertThat(channel.received()).isEqualTo(data);
    }

    @Test
    void theTargetIsToldThatTheApplicationHasFinishedAndMayAnswer() throws Exception {
        out.write(bytes("question"));
        socket.shutdownOutput();
        assertThat(channel.gotEof()).isTrue();
        assertThatThrownBy(() -> out.write(1))
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket output is shutdown");
        assertThat(rig.status().active()).isEqualTo(1);
        channel.send(bytes("answer"));
        channel.sendEofToClient();
        assertThat(in.readAllBytes()).asString().isEqualTo("answer");
        assertThat(in.read()).isEqualTo(-1);
        rig.awaitCount(ConnectionOutcome.SERVED, 1);
        Rig.until("the channel's end", () -> link.live() == 0);
    }

    @Test
    void theApplicationMayGoOnWhenTheTargetHasFinished() throws Exception {
        channel.sendEofToClient();
        assertThat(in.read()).isEqualTo(-1);
        out.write(bytes("more"));
        assertThat(channel.received()).asString().isEqualTo("more");
        socket.shutdownOutput();
        rig.awaitCount(ConnectionOutcome.SERVED, 1);
    }

    @Test
    void whatCameBeforeTheTargetsEndCanBeReadAfterIt() throws Exception {
        channel.send(bytes("last words"));
        channel.sendEofToClient();
        channel.closeByTarget();
        rig.awaitCount(ConnectionOutcome.SERVED, 1);
        assertThatThrownBy(() -> out.write(1))
                .isInstanceOf(SocketException.class)
                .hasMessageMatching(
                        "Broken pipe \\(tunnel test, forward db:5432\\): the target has ended the connection"
                                + "|.*the channel has ended");
        assertThat(in.readAllBytes()).asString().isEqualTo("last words");
        socket.shutdownOutput();
    }

    @Test
    void aLostSessionIsAnErrorAndNeverAnEnd() throws Exception {
        channel.send(bytes("half an ans"));
        Rig.until("the bytes", () -> rig.status().bytesIn() == 11);
        link.lose();
        rig.awaitCount(ConnectionOutcome.BROKEN, 1);
        assertThat(in.readNBytes(11)).asString().isEqualTo("half an ans");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> in.read())
                    .isInstanceOf(SocketException.class)
                    .hasMessage(BROKEN);
        }
        assertThatThrownBy(() -> out.write(1))
                .isInstanceOf(SocketException.class)
                .hasMessage(BROKEN);
        assertThat(rig.events).hasSize(1);
        assertThat(socket.isClosed()).isFalse();
    }

    @Test
    void aLostSessionFreesWhoeverReads() throws Exception {
        Future<Integer> reading = application.submit(() -> in.read());
        link.lose();
        assertThatThrownBy(() -> reading.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(SocketException.class)
                .hasMessageEndingWith(BROKEN);
        assertThat(rig.count(ConnectionOutcome.BROKEN)).as("counted first").isEqualTo(1);
    }

    @Test
    void aLostSessionFreesWhoeverWrites() throws Exception {
        Future<Void> writing = stuckWrite();
        link.lose();
        assertThatThrownBy(() -> writing.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(SocketException.class)
                .hasMessageEndingWith(BROKEN);
    }

    @Test
    void anotherThreadsCloseFreesWhoeverReadsAndWrites() throws Exception {
        Future<Integer> reading = application.submit(() -> in.read());
        Future<Void> writing = stuckWrite();
        socket.close();
        assertThatThrownBy(() -> reading.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(SocketException.class)
                .hasMessageEndingWith("Socket closed");
        assertThatThrownBy(() -> writing.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(SocketException.class)
                .hasMessageEndingWith("Socket closed");
        rig.awaitCount(ConnectionOutcome.SERVED, 1);
        Rig.until("the channel's end", () -> link.live() == 0);
        assertThatThrownBy(() -> in.read()).isInstanceOf(SocketException.class).hasMessage("Socket closed");
        assertThatThrownBy(() -> in.available())
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket closed");
        assertThatThrownBy(() -> out.write(1))
                .isInstanceOf(SocketException.class)
                .hasMessage("Socket closed");
    }

    @Test
    void aReadThatTimesOutMayBeRepeated() throws Exception {
        socket.setSoTimeout(20);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> in.read())
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Read timed out");
        }
        channel.send(bytes("a"));
        socket.setSoTimeout(10_000);
        assertThat(in.read()).isEqualTo('a');
        socket.setSoTimeout(0);
        Future<Integer> reading = application.submit(() -> in.read());
        channel.send(bytes("b"));
        assertThat(reading.get(10, TimeUnit.SECONDS)).isEqualTo('b');
    }

    @Test
    void anInterruptEndsNeitherReadNorWriteAndStaysSet() throws Exception {
        for (int timeout : new int[] {0, 60_000}) {
            socket.setSoTimeout(timeout);
            Interruptible reading = new Interruptible(() -> in.read());
            channel.readOnly(0);
            Interruptible writing = new Interruptible(() -> {
                out.write(7);
                return 7;
            });
            Rig.until("it waits", channel::hasRefused);
            reading.interrupt();
            writing.interrupt();
            channel.send(new byte[] {5});
            channel.readOn();
            assertThat(reading.result()).isEqualTo(5);
            assertThat(writing.result()).isEqualTo(7);
        }
        assertThat(channel.received()).containsExactly(7, 7);
    }

    @Test
    void anInterruptedThreadReadsAndWrites() throws Exception {
        Thread.currentThread().interrupt();
        out.write(1);
        channel.send(new byte[] {2});
        socket.setSoTimeout(10_000);
        assertThat(in.read()).isEqualTo(2);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void shutdownInputEndsReadingAndThrowsAwayWhatComes() throws Exception {
        channel.send(bytes("unread"));
        Rig.until("the bytes", () -> channel.unacknowledged() == 6);
        socket.shutdownInput();
        assertThat(channel.unacknowledged()).isZero();
        assertThat(in.read()).isEqualTo(-1);
        assertThat(in.available()).isZero();
        channel.send(new byte[FakeChannel.WINDOW * 2]);
        Rig.until("credited at once", () -> rig.status().bytesIn() == FakeChannel.WINDOW * 2 + 6);
        Rig.until("all of it", () -> channel.unacknowledged() == 0);
        out.write(bytes("still open"));
        assertThat(channel.received()).asString().isEqualTo("still open");
    }

    @Test
    void shutdownInputFreesWhoeverReads() throws Exception {
        Future<Integer> reading = application.submit(() -> in.read());
        socket.shutdownInput();
        assertThat(reading.get(10, TimeUnit.SECONDS)).isEqualTo(-1);
    }

    @Test
    void shutdownOutputFreesWhoeverWrites() throws Exception {
        Future<Void> writing = stuckWrite();
        socket.shutdownOutput();
        assertThatThrownBy(() -> writing.get(10, TimeUnit.SECONDS)).hasMessageEndingWith("Socket output is shutdown");
        assertThat(channel.gotEof()).isTrue();
    }

    @Test
    void closingTheTunnelBreaksIt() throws Exception {
        Future<Integer> reading = application.submit(() -> in.read());
        rig.forwarder.close();
        assertThatThrownBy(() -> reading.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(SocketException.class)
                .hasMessageEndingWith("Connection reset (tunnel test, forward db:5432): the tunnel was closed");
        assertThat(rig.count(ConnectionOutcome.BROKEN)).isEqualTo(1);
        socket.close();
    }

    @Test
    void aDrainLetsItEndByItself() throws Exception {
        CompletableFuture<Void> drained = rig.forwarder.drain();
        assertThatThrownBy(() -> InProcessOpeningTest.connect(rig))
                .hasMessage("tunnel test, forward db:5432: the tunnel is being closed");
        out.write(1);
        channel.send(new byte[] {2});
        assertThat(in.read()).isEqualTo(2);
        assertThat(drained).isNotDone();
        socket.close();
        drained.get(10, TimeUnit.SECONDS);
    }

    @Test
    void isBrokenWhenAServerIgnoresTheWindow() throws Exception {
        channel.ignoreWindow();
        channel.send(new byte[2 * Rig.MAX_WINDOW + 1]);
        rig.awaitCount(ConnectionOutcome.BROKEN, 1);
        assertThat(rig.status().lastError())
                .contains("more than " + 2 * Rig.MAX_WINDOW + " bytes were queued for an application that does not"
                        + " read");
        in.skipNBytes(2L * Rig.MAX_WINDOW);
        assertThatThrownBy(() -> in.readAllBytes())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("bytes were queued");
    }

    @Test
    void severalThreadsMayWriteAtOnceAndEachWriteStaysWhole() throws Exception {
        channel.readOnly(1);
        Future<?>[] writers = new Future<?>[4];
        for (int i = 0; i < writers.length; i++) {
            byte[] data = new byte[50_000];
            Arrays.fill(data, (byte) i);
            writers[i] = application.submit(() -> {
                out.write(data);
                return null;
            });
        }
        Rig.until("they wait", channel::hasRefused);
        channel.readOn();
        for (Future<?> writer : writers) {
            writer.get(10, TimeUnit.SECONDS);
        }
        byte[] received = channel.received();
        assertThat(received).hasSize(200_000);
        for (int i = 0; i < received.length; i++) {
            assertThat(received[i]).isEqualTo(received[i / 50_000 * 50_000]);
        }
    }

    private Future<Void> stuckWrite() {
        channel.readOnly(0);
        Future<Void> writing = application.submit(() -> {
            out.write(1);
            return null;
        });
        Rig.until("it waits", channel::hasRefused);
        return writing;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private interface Writer {
        void write(byte[] bytes, int offset, int length) throws IOException;
    }

    private static Void inPieces(byte[] data, Writer writer) throws IOException {
        Random random = new Random(data.length);
        for (int at = 0; at < data.length; ) {
            int length = Math.min(random.nextInt(100_000), data.length - at);
            writer.write(data, at, length);
            at += length;
        }
        return null;
    }

    /** Something done on a thread that is interrupted meanwhile. */
    private final class Interruptible {
        private final CompletableFuture<Thread> thread = new CompletableFuture<>();
        private final Future<Integer> result;

        Interruptible(Callable<Integer> task) {
            result = application.submit(() -> {
                thread.complete(Thread.currentThread());
                int value = task.call();
                assertThat(Thread.interrupted()).as("still interrupted").isTrue();
                return value;
            });
        }

        void interrupt() throws Exception {
            thread.get().interrupt();
        }

        int result() throws Exception {
            return result.get(10, TimeUnit.SECONDS);
        }
    }
}
