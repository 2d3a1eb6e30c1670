package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.MinaServer.Moment;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Many tunnels in one JVM to one gateway. An sshd with the {@code MaxStartups} it has by default drops connections at
 * random while more than ten have not logged in, each of them a failed start.
 */
@ExtendWith(NoLeaks.class)
@Timeout(240)
class ManyTunnelsIT {
    private static final Logger LOG = LoggerFactory.getLogger(ManyTunnelsIT.class);
    private static final int TUNNELS = 200;
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    private final Target echo = Target.tcp(Targets.echo());
    private final Queue<TunnelException> failures = new ConcurrentLinkedQueue<>();
    private final List<ManagedTunnel> tunnels = new ArrayList<>();

    @AfterEach
    void tearDown() {
        tunnels.forEach(ManagedTunnel::close);
        echo.close();
    }

    private TunnelSpec.Builder to(SshServer server) {
        return Tunnels.to(server, "many" + tunnels.size())
                .forward(Forward.local(echo.host(), echo.port()))
                .listener(event -> {
                    if (event instanceof TunnelEvent.StartFailed failed) {
                        failures.add(failed.cause());
                    }
                });
    }

    private void awaitAllUp(long starts) {
        await().atMost(LONG)
                .until(() -> tunnels.stream()
                        .allMatch(tunnel -> tunnel.state() == TunnelState.UP
                                && tunnel.status().starts() >= starts));
    }

    @Test
    void allComeUpWithoutOneFailedStartAndDoSoAgain() throws Exception {
        try (OpenSshServer server =
                OpenSshServer.builder().config("MaxStartups 10:30:100").start()) {
            long begun = System.nanoTime();
            for (int i = 0; i < TUNNELS; i++) {
                tunnels.add(to(server).build().start());
            }
            awaitAllUp(1);
            long took = System.nanoTime() - begun;
            await().atMost(LONG).until(() -> threads() <= 2 * TUNNELS + 1);
            LOG.info(
                    "{} tunnels up in {} ms; idle they have {} threads, the JVM {} descriptors",
                    TUNNELS,
                    took / 1_000_000,
                    threads(),
                    descriptors());
            for (ManagedTunnel tunnel : tunnels) {
                assertServes(tunnel);
            }

            tunnels.forEach(ManagedTunnel::restart);
            awaitAllUp(2);
            assertThat(failures).isEmpty();
            assertThat(server.log()).doesNotContain("past MaxStartups");
            tunnels.forEach(ManagedTunnel::close);
        }
    }

    @Test
    void aGatewayThatHangsFailsNoStartBeforeItsTurn() {
        try (MinaServer server = MinaServer.usual()) {
            server.hangAt(Moment.BANNER);
            Duration deadline = Duration.ofSeconds(2);
            for (int i = 0; i < 12; i++) {
                tunnels.add(to(server).connectTimeout(deadline).build().start());
            }
            assertThatExceptionOfType(TunnelException.class)
                    .isThrownBy(() -> to(server).build().open(Duration.ofMillis(500)))
                    .withMessageContaining("tunnel many12 was not up within 500 ms and waits for other tunnels of this "
                            + "JVM to connect to " + tunnels.get(0).status().gateway());
            assertThat(failures).isEmpty();
            await().atMost(LONG).until(() -> failures.size() >= 12);
            server.behave();
            awaitAllUp(2);
            assertThat(failures)
                    .as("each has had the whole of its deadline")
                    .allSatisfy(failure -> assertThat(failure)
                            .hasMessageMatching(".*\\(start \\d+, [2-9].* s\\): .* sent no SSH banner within 2 s;.*"));
            tunnels.forEach(ManagedTunnel::close);
        }
    }

    private static void assertServes(ManagedTunnel tunnel) throws IOException {
        try (Socket client =
                new Socket(tunnel.address().getAddress(), tunnel.address().getPort())) {
            client.setSoTimeout((int) LONG.toMillis());
            client.getOutputStream().write(HELLO);
            assertThat(client.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("tunnel-"))
                .count();
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }
}
