package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The backoff is within its bounds: of one session from below and above, by a streak that is counted here; of several only
 * from above, since nothing tells which of them waits.
 */
final class DelayPromises {
    private final RestartPolicy policy;
    private final boolean single;
    private final BiConsumer<Boolean, Supplier<String>> check;

    private int streak;
    private boolean harmless;
    private @Nullable Long since;
    /** What is waited for at least and at most, but for the spacing. */
    private double least;

    private double most;

    DelayPromises(Plan plan, BiConsumer<Boolean, Supplier<String>> check) {
        policy = plan.restart();
        single = plan.redundancy() == 1;
        this.check = check;
    }

    /** A session that had been up for long enough is lost, or was replaced. */
    void proved(boolean lost) {
        streak = 0;
        harmless = lost;
    }

    /** Something else than the policy may end the wait, or time has stood still. */
    void disturbed() {
        since = null;
    }

    /** The delays of a short streak are the same for ever. */
    void describe(StringBuilder to) {
        to.append(' ').append(Math.min(streak, 3)).append(harmless);
    }

    void moved(TunnelState to, @Nullable TunnelException cause, long now) {
        Long began = since;
        since = null;
        if (to == TunnelState.BACKING_OFF) {
            begin(cause);
            since = now;
        } else if (to == TunnelState.CONNECTING && began != null) {
            long waited = now - began;
            double bound = Math.max(most, (double) policy.minSpacing().toNanos()) + 2;
            check.accept(
                    waited <= bound,
                    () -> "waited " + Duration.ofNanos(waited) + ", more than " + Duration.ofNanos((long) bound));
            check.accept(
                    !single || waited >= least - 2,
                    () -> "waited " + Duration.ofNanos(waited) + ", less than " + Duration.ofNanos((long) least)
                            + " at a streak of " + streak);
        }
    }

    private void begin(@Nullable TunnelException cause) {
        double cap = (double) policy.maxDelay().toNanos();
        boolean forGood = cause != null && cause.reason().isPermanent();
        double wanted;
        if (harmless) {
            wanted = 0;
        } else {
            streak++;
            wanted = streak < 2
                    ? 0
                    : Math.min(cap, (double) policy.firstDelay().toNanos() * Math.pow(policy.factor(), streak - 2));
        }
        harmless = false;
        least = wanted * (1 - policy.jitter());
        most = (single && !forGood ? wanted : cap) * (1 + policy.jitter());
    }
}
