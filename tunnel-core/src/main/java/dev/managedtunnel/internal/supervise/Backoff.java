package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.RestartPolicy;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The delay before the next start, growing over a streak of failed starts and unproven sessions. Not thread-safe.
 *
 * <p>Not Failsafe's own backoff: that counts the retries of one execution, knows no proven session, and draws its
 * jitter from {@code Math.random}, so that no simulation could replay it.
 */
final class Backoff {
    private final RestartPolicy policy;
    private final RandomGenerator random;
    private int streak;

    Backoff(RestartPolicy policy, RandomGenerator random) {
        this.policy = policy;
        this.random = random;
    }

    /** A session proved itself: the streak is over. */
    void proven() {
        streak = 0;
    }

    /** One more failure in the streak; how long to wait after it. */
    Duration failed() {
        streak++;
        if (streak < 2) {
            return Duration.ZERO;
        }
        double first = (double) policy.firstDelay().toNanos();
        double cap = (double) policy.maxDelay().toNanos();
        return vary(Math.min(cap, first * Math.pow(policy.factor(), streak - 2)));
    }

    /** One more failure, of the kind that only people mend; how long to wait after it. */
    Duration failedForGood() {
        streak++;
        return vary((double) policy.maxDelay().toNanos());
    }

    private Duration vary(double nanos) {
        double share = 1 + policy.jitter() * (2 * random.nextDouble() - 1);
        return Duration.ofNanos((long) (nanos * share));
    }
}
