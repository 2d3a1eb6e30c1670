package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.TestData;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A link on which packets get lost for good, one way, both ways, or with the cable pulled: nobody is told, the TCP
 * connection stays up on both sides. The keep-alive notices; what is established breaks visibly; what comes in meanwhile
 * waits and is served when the packets flow again; and {@code close()} does not wait for the network.
 */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
@Timeout(60)
class PacketLossIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    /** What close() promises, and some for a loaded machine. */
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(7);

    private static final int PARKED = 20;
    private static final String BEFORE = "before";

    private static OutageLab lab;
    private ExecutorService clients;

    @BeforeAll
    static void makeLab() throws Exception {
        lab = OutageLab.create();
    }

    @AfterAll
    static void closeLab() {
        if (lab != null) {
            lab.close();
        }
    }

    @BeforeEach
    void startClients() {
        clients = Executors.newCachedThreadPool();
    }

    @AfterEach
    void heal() throws InterruptedException {
        lab.netNs().cable().heal();
        lab.netNs().cable().plug();
        clients.shutdownNow();
        assertThat(clients.awaitTermination(10, TimeUnit.SECONDS))
                .as("clients ended")
                .isTrue();
    }

    @Test
    void packetsLostBothWaysAreNoticedAndSatOut() throws Exception {
        isNoticedAndSatOut(lab.netNs().cable()::drop, lab.netNs().cable()::heal);
    }

    @Test
    void packetsLostOnTheWayToTheGatewayAreNoticedAndSatOut() throws Exception {
        isNoticedAndSatOut(lab.netNs().cable()::dropToInside, lab.netNs().cable()::heal);
    }

    @Test
    void packetsLostOnTheWayFromTheGatewayAreNoticedAndSatOut() throws Exception {
        isNoticedAndSatOut(lab.netNs().cable()::dropToOutside, lab.netNs().cable()::heal);
    }

    @Test
    void aPulledCableIsNoticedAndSatOut() throws Exception {
        isNoticedAndSatOut(lab.netNs().cable()::unplug, lab.netNs().cable()::plug);
    }

    private void isNoticedAndSatOut(Runnable begin, Runnable end) throws Exception {
        try (ManagedTunnel tunnel = spec().open();
                Socket established = connect(tunnel)) {
            assertThat(echo(established, BEFORE)).isEqualTo(BEFORE);
            begin.run();
            List<Future<String>> during = new ArrayList<>();
            for (int i = 0; i < PARKED; i++) {
                during.add(echoing(tunnel, "line " + i));
            }
            assertThatThrownBy(() -> established.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
            await().atMost(SOON).until(() -> tunnel.status().parkedConnections() == PARKED);
            assertThat(tunnel.status().losses()).containsEntry(FailureReason.KEEPALIVE_TIMEOUT, 1L);
            assertThat(during).noneMatch(Future::isDone);

            end.run();
            for (int i = 0; i < PARKED; i++) {
                assertThat(during.get(i).get(SOON.toSeconds(), TimeUnit.SECONDS))
                        .isEqualTo("line " + i);
            }
            assertThat(tunnel.status().forwards().get(0).outcomes()).containsEntry(ConnectionOutcome.BROKEN, 1L);
        }
    }

    @Test
    void closesInTimeBeforeADeadLinkIsNoticed() throws Exception {
        try (ManagedTunnel tunnel = withoutKeepAlive();
                Socket established = connect(tunnel)) {
            assertThat(echo(established, BEFORE)).isEqualTo(BEFORE);
            lab.netNs().cable().drop();
            Future<String> opening = echoing(tunnel, "never served");
            await().atMost(SOON).until(() -> tunnel.status().totalConnections() == 2);

            closesInTime(tunnel);

            assertThatThrownBy(() -> established.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThatThrownBy(opening::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(SocketException.class);
        }
    }

    @Test
    void closesInTimeWithAWriteStuckInTheBlackHole() throws Exception {
        try (ManagedTunnel tunnel = withoutKeepAlive();
                Socket established = connect(tunnel)) {
            assertThat(echo(established, BEFORE)).isEqualTo(BEFORE);
            lab.netNs().cable().drop();
            Future<?> writer = clients.submit(() -> {
                TestData.stream(1, Long.MAX_VALUE).transferTo(established.getOutputStream());
                return null;
            });
            awaitStill(tunnel);

            closesInTime(tunnel);

            assertThatThrownBy(() -> writer.get(SOON.toSeconds(), TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(IOException.class);
        }
    }

    @Test
    void closesInTimeWhileASessionIsBeingStarted() throws Exception {
        ManagedTunnel tunnel = spec().open();
        lab.netNs().cable().drop();
        Future<String> parked = echoing(tunnel, "never served");
        await().atMost(SOON).until(() -> tunnel.status().starts() > 1 && tunnel.state() == TunnelState.CONNECTING);
        closesInTime(tunnel);
        assertThatThrownBy(parked::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(SocketException.class);
    }

    private static void closesInTime(ManagedTunnel tunnel) {
        long began = System.nanoTime();
        tunnel.close();
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .as("time that close() took")
                .isLessThan(CLOSE_BOUND);
        assertThat(tunnel.state()).isEqualTo(TunnelState.CLOSED);
    }

    /** Waits until every buffer on the way is full. */
    private static void awaitStill(ManagedTunnel tunnel) {
        long[] seen = {-1};
        await().atMost(SOON).pollInterval(Duration.ofMillis(300)).until(() -> {
            long now = tunnel.status().bytesOut();
            boolean still = now == seen[0] && now > BEFORE.length();
            seen[0] = now;
            return still;
        });
    }

    /** Its keep-alive is so slow that it does not notice anything during a test. */
    private static ManagedTunnel withoutKeepAlive() {
        return spec().toBuilder()
                .keepAlive(KeepAlive.every(Duration.ofMinutes(1)))
                .build()
                .open();
    }

    private static TunnelSpec spec() {
        return lab.spec(lab.echo(Fault.LONG_DROP))
                .keepAlive(KeepAlive.every(Duration.ofMillis(300)).missed(3))
                .connectTimeout(Duration.ofSeconds(2))
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(100))
                        .backoff(Duration.ofMillis(100), Duration.ofMillis(500))
                        .build())
                .build();
    }

    private Future<String> echoing(ManagedTunnel tunnel, String line) {
        return clients.submit(() -> {
            try (Socket client = connect(tunnel)) {
                return echo(client, line);
            }
        });
    }

    private static Socket connect(ManagedTunnel tunnel) throws IOException {
        Socket socket =
                new Socket(tunnel.address().getAddress(), tunnel.address().getPort());
        socket.setSoTimeout(2 * (int) SOON.toMillis());
        return socket;
    }

    private static String echo(Socket client, String line) throws IOException {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        client.getOutputStream().write(bytes);
        return new String(client.getInputStream().readNBytes(bytes.length), StandardCharsets.UTF_8);
    }
}
