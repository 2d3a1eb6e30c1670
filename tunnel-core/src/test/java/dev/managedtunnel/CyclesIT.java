package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.Leaks;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tunnels that are opened, used and closed hundreds of times leave nothing behind: no thread, no descriptor, no memory.
 *
 * <p>After cycles to warm up, the library's threads and the descriptors have to be back where they were to the last one.
 * The heap is what lives after full collections; it may have grown by 1 MiB, where 20 to 40 KiB were measured, which are
 * classes loaded late and caches of the JDK. The smallest leak worth the name, a tunnel or a session with its buffers, is
 * more than 20 KiB a cycle, so 100 cycles would go beyond.
 */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
@Timeout(150)
class CyclesIT {
    private static final int AT_ONCE = 4;
    private static final int WARM_UP = 60;
    private static final long HEAP_TOLERANCE = 1 << 20;
    private static final Duration SOON = Duration.ofSeconds(20);

    @Test
    void fiveHundredCyclesOnOpenSshLeaveNothingBehind() throws Exception {
        Requires.openSsh();
        try (SshServer server = OpenSshServer.usual()) {
            cyclesLeaveNothing(server, 500);
        }
    }

    @Test
    void oneHundredCyclesOnMinaLeaveNothingBehind() throws Exception {
        try (SshServer server = MinaServer.usual()) {
            cyclesLeaveNothing(server, 100);
        }
    }

    private static void cyclesLeaveNothing(SshServer server, int cycles) throws Exception {
        try (Target echo = Target.tcp(Targets.echo())) {
            run(server, echo, WARM_UP);
            settle(server, echo);
            Leaks before = Leaks.snapshot();
            List<String> threadsBefore = threads();
            long heapBefore = heapAfterFullCollection();

            run(server, echo, cycles);

            settle(server, echo);
            before.assertNone(SOON);
            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(threads()).as("threads").hasSizeLessThanOrEqualTo(threadsBefore.size()));
            assertThat(heapAfterFullCollection() - heapBefore)
                    .as("growth of the heap over %s cycles", cycles)
                    .isLessThan(HEAP_TOLERANCE);
        }
    }

    private static void run(SshServer server, Target echo, int cycles) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < cycles; i++) {
                String line = "cycle " + i;
                running.add(threads.submit(() -> {
                    cycle(server, echo, line);
                    return null;
                }));
            }
            for (Future<?> cycle : running) {
                cycle.get();
            }
        } finally {
            threads.shutdownNow();
            assertThat(threads.awaitTermination(SOON.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    private static void cycle(SshServer server, Target echo, String line) throws IOException {
        TunnelSpec spec = Tunnels.to(server, "cycles")
                .forward(Forward.local(echo.host(), echo.port()))
                .build();
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        try (ManagedTunnel tunnel = spec.open();
                Socket client = new Socket(
                        tunnel.address().getAddress(), tunnel.address().getPort())) {
            client.setSoTimeout((int) SOON.toMillis());
            client.getOutputStream().write(bytes);
            assertThat(client.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
        }
    }

    /** What ends on the servers' side ends a moment later. */
    private static void settle(SshServer server, Target echo) {
        await().atMost(SOON).until(() -> server.sessionCount() == 0 && echo.open() == 0);
    }

    /** The names of all threads, but for those in which Awaitility asks. */
    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> !name.startsWith("awaitility"))
                .sorted()
                .toList();
    }

    /** What is in use when collecting again frees no more. */
    private static long heapAfterFullCollection() {
        long used = Long.MAX_VALUE;
        long now = usedAfterCollection();
        while (now < used) {
            used = now;
            now = usedAfterCollection();
        }
        return used;
    }

    private static long usedAfterCollection() {
        ManagementFactory.getMemoryMXBean().gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
