package dev.managedtunnel.internal.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.RestartPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A bounded model check of the real supervisor: whatever happens to it, in every order, up to so many steps. A step is the end
 * of a start (up, refused, refused for good), the loss of a session, the time up to the next timer, {@code restart()},
 * {@code reconnectNow()}, or a failing probe. After each step the {@link Promises} are looked at (safety), the tunnel is
 * closed, which must leave nothing, and once more it is left in a world in which gateways are good from then on, where
 * it must come up within a bounded time (progress).
 *
 * <p>Up to a depth every sequence is walked. From there on those that look alike count as one ({@link
 * WalkedTunnel#describe}), which gets further and may miss something. A supervisor can't be copied, so each sequence is
 * walked from its beginning; all times of the plans are small multiples of a second, so that they meet often.
 */
class SupervisorWalkTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    /** How much further it goes, which takes about four times as long for each step. */
    private static final int MORE = Integer.getInteger("tunnel.walk.more", 0);

    private final Map<String, String> broken = new ConcurrentSkipListMap<>();
    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final AtomicLong sequences = new AtomicLong();

    private static Plan plan(int gateways, int redundancy, boolean failFast) {
        RestartPolicy restart = RestartPolicy.builder()
                .backoff(SECOND.multipliedBy(2), SECOND.multipliedBy(2))
                .factor(1)
                .jitter(0)
                .minSpacing(SECOND)
                .provenAfter(SECOND.multipliedBy(2))
                .drain(SECOND.multipliedBy(2))
                .failFast(failFast)
                .build();
        FailoverPolicy failover = FailoverPolicy.builder()
                .failAfter(2)
                .recoverAfter(1)
                .checkEvery(SECOND)
                .dwell(SECOND.multipliedBy(3))
                .damping(Duration.ZERO, SECOND.multipliedBy(3))
                .build();
        List<Gateway> all = List.of(SupervisorRig.A, SupervisorRig.B);
        return new Plan(all.subList(0, gateways), redundancy, restart, failover, SECOND.multipliedBy(3));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, false, 5, 8",
        "1, 1, true, 5, 8",
        "2, 1, false, 5, 8",
        "2, 1, true, 5, 8",
        "1, 2, false, 4, 7",
        "2, 2, false, 4, 7",
        "2, 2, true, 4, 6"
    })
    void keepsItsPromisesWhateverHappensInWhateverOrder(
            int gateways, int redundancy, boolean failFast, int every, int deepest) {
        Plan plan = plan(gateways, redundancy, failFast);
        List<int[]> front = List.of(new int[0]);
        for (int depth = 0; depth < deepest + MORE; depth++) {
            boolean merges = depth >= every + MORE;
            front = front.parallelStream()
                    .flatMap(path -> walkOn(plan, path, merges))
                    .toList();
            assertThat(broken).as("what is broken, by what happened before").isEmpty();
        }
        // Guards the walk itself: had nothing happened, nothing would be broken.
        assertThat(sequences.get()).isGreaterThan(5_000);
    }

    /** The sequences that are longer by one step. */
    private Stream<int[]> walkOn(Plan plan, int[] path, boolean merges) {
        WalkedTunnel here = walked(plan, path);
        int steps = here.steps().size();
        here.settle(plan.gateways());
        close(plan, path, here);
        if (plan.gateways().size() > 1) {
            WalkedTunnel again = walked(plan, path);
            again.settle(plan.gateways().subList(1, 2));
            close(plan, path, again);
        }
        List<int[]> longer = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            int[] next = Arrays.copyOf(path, path.length + 1);
            next[path.length] = step;
            WalkedTunnel tunnel = walked(plan, next);
            sequences.incrementAndGet();
            if (seen.add(tunnel.describe()) || !merges) {
                longer.add(next);
            }
            close(plan, next, tunnel);
        }
        return longer.stream();
    }

    private static WalkedTunnel walked(Plan plan, int[] path) {
        WalkedTunnel tunnel = new WalkedTunnel(plan);
        for (int step : path) {
            tunnel.steps().get(step).happens().run();
        }
        return tunnel;
    }

    private void close(Plan plan, int[] path, WalkedTunnel tunnel) {
        String before = tunnel.broken();
        tunnel.close();
        String now = tunnel.broken();
        if (now != null) {
            broken.put(names(plan, path), before == null ? now + ", closed" : before);
        }
    }

    private static String names(Plan plan, int[] path) {
        List<String> names = new ArrayList<>();
        WalkedTunnel tunnel = new WalkedTunnel(plan);
        for (int step : path) {
            WalkedTunnel.Step next = tunnel.steps().get(step);
            names.add(next.name().get());
            next.happens().run();
        }
        tunnel.close();
        return String.join(", ", names);
    }
}
