package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.EchoLoad.Attempt;
import dev.managedtunnel.EchoLoad.Result;
import dev.managedtunnel.micrometer.TunnelMetrics;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two sessions, of which the older one is killed every second under load: new connections don't notice, and of the
 * established ones only those of the killed session end. {@code -Dtunnel.redundancy.kills=60} makes a minute of it.
 */
@ExtendWith(NoLeaks.class)
@Timeout(180)
class RedundancyIT {
    private static final Logger LOG = LoggerFactory.getLogger(RedundancyIT.class);
    private static final int KILLS = Integer.getInteger("tunnel.redundancy.kills", 12);
    private static final int HELD = 8;
    private static final Duration SOON = Duration.ofSeconds(20);

    private final Map<Socket, Integer> portAtTarget = new HashMap<>();

    @Test
    void aSessionKilledEverySecondCostsOnlyItsOwnConnections() throws Exception {
        Queue<TunnelEvent> events = new ConcurrentLinkedQueue<>();
        MeterRegistry registry = new SimpleMeterRegistry();
        try (OpenSshServer server = OpenSshServer.usual();
                Target echo = Target.tcp(Targets.echo());
                Target pool = Target.tcp(Targets.portThenEcho());
                ManagedTunnel tunnel =
                        spec(server, echo, pool).listener(events::add).build().open()) {
            new TunnelMetrics(tunnel).bindTo(registry);
            await().atMost(SOON).until(() -> tunnel.state() == TunnelState.UP);
            events.clear();
            List<long[]> kills = new ArrayList<>();
            List<Attempt> attempts;
            int broken = 0;
            try (HeldConnections held = new HeldConnections(tunnel.address("pool"));
                    EchoLoad load = EchoLoad.on(tunnel.address("echo"))) {
                for (int kill = 1; kill <= KILLS; kill++) {
                    long next = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
                    fill(held);
                    Map<Integer, Long> owners = pool.clientProcesses();
                    assertThat(owners).hasSize(HELD);
                    ProcessHandle victim = older(server, Set.copyOf(owners.values()));
                    Set<Integer> doomed = owners.keySet().stream()
                            .filter(port -> owners.get(port) == victim.pid())
                            .collect(Collectors.toSet());
                    assertThat(doomed).as("connections of the older session").hasSizeBetween(1, HELD - 1);

                    kills.add(kill(victim));
                    Set<Integer> ended =
                            held.exchange().stream().map(portAtTarget::remove).collect(Collectors.toSet());
                    assertThat(ended).as("ended with their session").isEqualTo(doomed);
                    broken += ended.size();
                    long losses = kill;
                    await().atMost(SOON).until(() -> losses(tunnel) == losses && tunnel.state() == TunnelState.UP);
                    await().atMost(SOON).until(() -> System.nanoTime() - next >= 0);
                }
                attempts = load.finish();
            }
            assertThat(attempts).hasSizeGreaterThan(KILLS);
            assertThat(attempts).noneMatch(attempt -> attempt.result() == Result.REFUSED);
            assertThat(attempts)
                    .filteredOn(attempt -> attempt.result() == Result.BROKEN)
                    .as("broken, though none of its sessions was killed")
                    .allMatch(attempt -> kills.stream()
                            .anyMatch(kill -> attempt.openedAt() < kill[1] && attempt.endedAt() > kill[0]))
                    .hasSizeLessThanOrEqualTo((int) outcome(tunnel, "echo", ConnectionOutcome.BROKEN));
            assertThat(outcome(tunnel, "pool", ConnectionOutcome.BROKEN)).isEqualTo(broken);
            assertThat(states(events)).as("never without a session").containsOnly(TunnelState.UP, TunnelState.DEGRADED);
            report(registry, attempts, kills.size());
        }
    }

    private static TunnelSpec.Builder spec(OpenSshServer server, Target echo, Target pool) {
        return Tunnels.to(server, "redundant")
                .redundancy(2)
                .restart(RestartPolicy.builder()
                        .provenAfter(Duration.ofMillis(500))
                        .minSpacing(Duration.ofMillis(200))
                        .build())
                .forward(Forward.local(echo.host(), echo.port()).named("echo"))
                .forward(Forward.local(pool.host(), pool.port()).named("pool"));
    }

    private void fill(HeldConnections held) throws IOException {
        while (held.count() < HELD) {
            Socket socket = held.add();
            portAtTarget.put(socket, new DataInputStream(socket.getInputStream()).readInt());
        }
    }

    private static ProcessHandle older(OpenSshServer server, Set<Long> owners) {
        assertThat(owners).as("sessions that have connections").hasSize(2);
        return server.sessionProcesses().stream()
                .filter(process -> owners.contains(process.pid()))
                .min(Comparator.comparing(
                        process -> process.info().startInstant().orElseThrow()))
                .orElseThrow();
    }

    /** Just before and just after. */
    private static long[] kill(ProcessHandle victim) {
        long before = System.nanoTime();
        victim.destroyForcibly();
        victim.onExit().join();
        return new long[] {before, System.nanoTime()};
    }

    private static long losses(ManagedTunnel tunnel) {
        return tunnel.status().losses().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    private static long outcome(ManagedTunnel tunnel, String forward, ConnectionOutcome outcome) {
        return tunnel.status().forwards().stream()
                .filter(status -> status.forward().name().equals(forward))
                .mapToLong(status -> status.outcomes().get(outcome))
                .sum();
    }

    private static Set<TunnelState> states(Queue<TunnelEvent> events) {
        return events.stream()
                .filter(TunnelEvent.StateChanged.class::isInstance)
                .map(event -> ((TunnelEvent.StateChanged) event).to())
                .collect(Collectors.toSet());
    }

    /** The figures in {@code docs/stability.md}. */
    private static void report(MeterRegistry registry, List<Attempt> attempts, int kills) {
        long longest = attempts.stream()
                .filter(attempt -> attempt.result() == Result.SERVED)
                .mapToLong(attempt -> attempt.took().toMillis())
                .max()
                .orElseThrow();
        Timer parked = registry.get("tunnel.parked.time").tag("forward", "echo").timer();
        LOG.info(
                "{} kills, {} connections, of them {} broken with their session and {} parked, for at most {} ms;"
                        + " the slowest one had its line after {} ms",
                kills,
                attempts.size(),
                attempts.stream()
                        .filter(attempt -> attempt.result() == Result.BROKEN)
                        .count(),
                parked.count(),
                parked.max(TimeUnit.MILLISECONDS),
                longest);
    }
}
