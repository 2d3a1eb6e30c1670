package dev.managedtunnel.testing;

import static dev.managedtunnel.testing.FaultRelay.Direction.TO_CLIENT;
import static dev.managedtunnel.testing.FaultRelay.Direction.TO_TARGET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each fault of the relay, seen from both ends. */
@ExtendWith(NoLeaks.class)
class FaultRelayTest {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int SILENCE_MILLIS = 100;

    private Target target;
    private FaultRelay relay;

    @BeforeEach
    void startRelayToEcho() {
        target = Target.tcp(Targets.echo());
        relay = FaultRelay.to(target.port());
    }

    @AfterEach
    void stop() {
        relay.close();
        target.close();
    }

    @Test
    void passesBytesOnAt200MegabytesASecondAndMore() throws Exception {
        long length = 256L << 20;
        try (Target source = Target.tcp(Targets.source(7, length));
                FaultRelay fast = FaultRelay.to(source.port());
                Socket client = new Socket(fast.host(), fast.port())) {
            long start = System.nanoTime();
            long bytes = 0;
            byte[] buffer = new byte[1 << 18];
            for (int n = client.getInputStream().read(buffer);
                    n >= 0;
                    n = client.getInputStream().read(buffer)) {
                bytes += n;
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            assertThat(bytes).isEqualTo(length);
            assertThat(fast.bytes(TO_CLIENT)).isEqualTo(length);
            // a machine that is busy with something else gets some slack
            assertThat(bytes / seconds / 1e6).as("MB/s").isGreaterThan(100);
        }
    }

    @Test
    void keepsEveryByteUnderDelayAndLimitsAndStalls() throws Exception {
        int length = 3_000_000;
        try (Target source = Target.tcp(Targets.source(11, length));
                FaultRelay slow = FaultRelay.to(source.port())) {
            slow.delay(Duration.ofMillis(20));
            slow.bandwidth(TO_CLIENT, 30_000_000);
            slow.stallAfter(TO_CLIENT, 1_234_567);
            try (Socket client = new Socket(slow.host(), slow.port())) {
                byte[] first = client.getInputStream().readNBytes(1_234_567);
                slow.awaitStall(TO_CLIENT, SOON);
                assertThat(silent(client)).isTrue();
                slow.heal();
                byte[] rest = client.getInputStream().readAllBytes();
                byte[] expected = TestData.bytes(11, length);
                assertThat(first).isEqualTo(Arrays.copyOf(expected, first.length));
                assertThat(rest).isEqualTo(Arrays.copyOfRange(expected, first.length, length));
            }
        }
    }

    @Test
    void delaysEachDirection() throws Exception {
        try (Socket client = connect()) {
            relay.delay(Duration.ofMillis(40));
            long start = System.nanoTime();
            assertThat(echo(client, "ping")).isEqualTo("ping");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(80));
        }
    }

    @Test
    void limitsTheBandwidth() throws Exception {
        try (Socket client = connect()) {
            relay.bandwidth(TO_TARGET, 1_000_000);
            long start = System.nanoTime();
            client.getOutputStream().write(new byte[200_000]);
            client.getInputStream().readNBytes(200_000);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(180), Duration.ofMillis(2000));
        }
    }

    @Test
    void drips() throws Exception {
        try (Socket client = connect()) {
            relay.drip(TO_CLIENT, Duration.ofMillis(10));
            long start = System.nanoTime();
            assertThat(echo(client, "0123456789")).isEqualTo("0123456789");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(90));
        }
    }

    @Test
    void stallsOneDirectionAndGoesOn() throws Exception {
        try (Socket client = connect()) {
            relay.stall(TO_CLIENT);
            send(client, "hello");
            Poll.until(SOON, () -> "nothing reached the target", () -> relay.bytes(TO_TARGET) == 5);
            assertThat(silent(client)).isTrue();
            relay.resume();
            assertThat(receive(client, 5)).isEqualTo("hello");
        }
    }

    @Test
    void stallsAfterAnExactNumberOfBytes() throws Exception {
        try (Socket client = connect()) {
            assertThat(echo(client, "before")).isEqualTo("before");
            relay.stallAfter(TO_TARGET, 3);
            send(client, "abcdef");
            relay.awaitStall(TO_TARGET, SOON);
            assertThat(receive(client, 3)).isEqualTo("abc");
            assertThat(silent(client)).isTrue();
            relay.resume();
            assertThat(receive(client, 3)).isEqualTo("def");
        }
    }

    @Test
    void stallsOnlyTheConnectionsThereAre() throws Exception {
        try (Socket stalled = connect()) {
            assertThat(echo(stalled, "1")).isEqualTo("1");
            relay.stallPresent();
            try (Socket fresh = connect()) {
                assertThat(echo(fresh, "2")).isEqualTo("2");
            }
            send(stalled, "3");
            assertThat(silent(stalled)).isTrue();
            relay.resume();
            assertThat(receive(stalled, 1)).isEqualTo("3");
        }
    }

    @Test
    void cutsWithFin() throws Exception {
        try (Socket client = connect()) {
            assertThat(echo(client, "x")).isEqualTo("x");
            relay.cutWithFin();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            assertThat(relay.live()).isZero();
            target.awaitOpen(0, SOON);
        }
    }

    @Test
    void cutsWithRst() throws Exception {
        try (Socket client = connect()) {
            assertThat(echo(client, "x")).isEqualTo("x");
            relay.cutWithRst();
            InputStream in = client.getInputStream();
            assertThatThrownBy(in::read).isInstanceOf(SocketException.class).hasMessageContaining("reset");
            target.awaitOpen(0, SOON);
        }
    }

    @Test
    void passesOnAHalfCloseAndAReset() throws Exception {
        try (Target digest = Target.tcp(Targets.digestAfterEof());
                FaultRelay toDigest = FaultRelay.to(digest.port());
                Socket client = new Socket(toDigest.host(), toDigest.port())) {
            send(client, "abc");
            client.shutdownOutput();
            assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .isEqualTo(Targets.digestLine(3, TestData.sha256("abc".getBytes(StandardCharsets.US_ASCII))));
        }
        try (Target resets = Target.tcp(Targets.resetAfter(1));
                FaultRelay toReset = FaultRelay.to(resets.port());
                Socket client = new Socket(toReset.host(), toReset.port())) {
            send(client, "a");
            InputStream in = client.getInputStream();
            assertThatThrownBy(in::read).isInstanceOf(SocketException.class).hasMessageContaining("reset");
        }
    }

    @Test
    void refusesNewConnectionsUntilItAcceptsThemAgain() throws Exception {
        try (Socket old = connect()) {
            relay.refuseNew();
            assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
            assertThat(echo(old, "still here")).isEqualTo("still here");
            relay.acceptNew();
            try (Socket fresh = connect()) {
                assertThat(echo(fresh, "new")).isEqualTo("new");
            }
        }
    }

    @Test
    void holdsNewConnectionsUntilItAcceptsThemAgain() throws Exception {
        relay.holdNew();
        try (Socket held = connect()) {
            send(held, "hello");
            assertThat(silent(held)).isTrue();
            assertThat(target.accepted()).isZero();
            relay.acceptNew();
            assertThat(receive(held, 5)).isEqualTo("hello");
        }
    }

    @Test
    void resetsClientsWhenNobodyListensBehindIt() throws Exception {
        target.stop();
        try (Socket client = connect()) {
            InputStream in = client.getInputStream();
            assertThatThrownBy(in::read).isInstanceOf(SocketException.class).hasMessageContaining("reset");
        }
    }

    @Test
    void countsConnectionsAndBytes() throws Exception {
        try (Socket one = connect();
                Socket two = connect()) {
            echo(one, "12345");
            echo(two, "67");
            assertThat(relay.accepted()).isEqualTo(2);
            assertThat(relay.live()).isEqualTo(2);
            assertThat(relay.bytes(TO_TARGET)).isEqualTo(7);
            assertThat(relay.bytes(TO_CLIENT)).isEqualTo(7);
        }
        Poll.until(SOON, () -> "connections stay", () -> relay.live() == 0);
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(relay.host(), relay.port());
        socket.setSoTimeout((int) SOON.toMillis());
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String receive(Socket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), StandardCharsets.US_ASCII);
    }

    private static String echo(Socket socket, String text) throws IOException {
        send(socket, text);
        return receive(socket, text.length());
    }

    /** Whether nothing comes for a while. */
    private static boolean silent(Socket socket) throws IOException {
        int before = socket.getSoTimeout();
        socket.setSoTimeout(SILENCE_MILLIS);
        try {
            socket.getInputStream().read();
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        } finally {
            socket.setSoTimeout(before);
        }
    }
}
