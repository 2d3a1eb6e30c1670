package dev.managedtunnel.internal.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The supervisor through weeks of random faults in simulated time. Every tunnel has a policy, gateways with their weather,
 * and users of its own, all drawn from one seed, so a failure names the seed and {@code -Dtunnel.simulation.seed=N} replays
 * just it. {@code -Dtunnel.simulation.days=N} runs longer, or shorter.
 */
class SupervisorSimulationTest {
    private static final long DAYS = Long.getLong("tunnel.simulation.days", 100_000);
    private static final int BATCH = 512;

    /** What many tunnels have lived through; broken is what the first of them broke that broke anything. */
    private record Sum(
            Duration alive,
            long starts,
            long losses,
            long rotations,
            long returns,
            long leaves,
            @Nullable String broken) {
        static final Sum NONE = new Sum(Duration.ZERO, 0, 0, 0, 0, 0, null);

        Sum plus(Sum other) {
            return new Sum(
                    alive.plus(other.alive),
                    starts + other.starts,
                    losses + other.losses,
                    rotations + other.rotations,
                    returns + other.returns,
                    leaves + other.leaves,
                    broken == null ? other.broken : broken);
        }
    }

    @Test
    void keepsItsPromisesThroughRandomFaults() {
        Long replayed = Long.getLong("tunnel.simulation.seed");
        if (replayed != null) {
            StringBuilder history = new StringBuilder();
            String broken = live(replayed, history).broken();
            String tail = history.substring(Math.max(0, history.length() - 5000));
            assertThat(broken).as("what came before:%n%s", tail).isNull();
            return;
        }
        Sum sum = Sum.NONE;
        for (long first = 0; sum.alive().toDays() < DAYS && sum.broken() == null; first += BATCH) {
            sum = sum.plus(LongStream.range(first, first + BATCH)
                    .parallel()
                    .mapToObj(seed -> live(seed, null))
                    .reduce(Sum.NONE, Sum::plus));
        }
        assertThat(sum.broken()).isNull();
        // Guards the simulation itself: too calm a world would prove nothing.
        long days = sum.alive().toDays();
        assertThat(sum.starts()).isGreaterThan(15 * days);
        assertThat(sum.losses()).isGreaterThan(2 * days);
        assertThat(sum.rotations()).isGreaterThan(days);
        assertThat(sum.returns()).isGreaterThan(days / 5);
        assertThat(sum.leaves()).isGreaterThan(days / 5);
    }

    @Test
    void aSeedReplaysToTheLetter() {
        StringBuilder first = new StringBuilder();
        live(4711, first);
        StringBuilder second = new StringBuilder();
        live(4711, second);
        assertThat(second.toString()).isEqualTo(first.toString()).isNotEmpty();
    }

    private static Sum live(long seed, @Nullable StringBuilder history) {
        SimulatedTunnel tunnel = new SimulatedTunnel(seed, history);
        tunnel.live();
        Promises promises = tunnel.promises();
        String broken = promises.broken();

        return new Sum(
                tunnel.alive(),
                promises.starts,
                promises.losses,
                promises.rotations,
                promises.gateways.returns,
                promises.gateways.leaves,
                broken == null
                        ? null
                        : "-Dtunnel.simulation.seed=" + seed + " breaks a promise: " + broken + "; " + tunnel.plan());
    }
}
