package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.Gateway;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleToLongFunction;

/** What {@link Failover} knows of one gateway. Times are by the monotonic clock. Not thread-safe. */
final class Site {
    final Gateway gateway;
    /** Its place in the order of preference. */
    final int index;

    /** Failed starts and unproven sessions in a row. */
    int failures;
    /** In a row, by probe. */
    final Map<String, Integer> failedProbes = new HashMap<>();

    boolean hopeless;
    String lastFailure = "";
    long failedNanos;

    /** Since it was left last. */
    boolean hasServed;
    /** As of then. */
    private double penalty;

    private long penalizedNanos;

    long leftAloneUntilNanos;
    long triedAgainNanos;

    Site(Gateway gateway, int index, long now) {
        this.gateway = gateway;
        this.index = index;
        failedNanos = now;
        penalizedNanos = now;
        leftAloneUntilNanos = now;
        triedAgainNanos = now;
    }

    /** Of the probe that has failed the most times in a row. */
    int mostFailedProbes() {
        return failedProbes.values().stream().mapToInt(times -> times).max().orElse(0);
    }

    int failuresInARow() {
        return Math.max(failures, mostFailedProbes());
    }

    /**
     * Leaves it alone for a while if it has served: for {@code dwell x 2^(penalty-1)}, where the penalty is 1 the first
     * time, and grows by 1 with each time while it halves with each half-life that passes.
     */
    void left(FailoverPolicy policy, long now, DoubleToLongFunction varied) {
        if (!hasServed) {
            return;
        }
        hasServed = false;
        double halfLife = (double) policy.dampingHalfLife().toNanos();
        penalty = halfLife == 0 ? 1 : 1 + penalty * Math.pow(0.5, (now - penalizedNanos) / halfLife);
        penalizedNanos = now;
        double dwell = (double) policy.dwell().toNanos() * Math.pow(2, penalty - 1);
        leftAloneUntilNanos = now
                + varied.applyAsLong(
                        Math.min(dwell, (double) policy.longestDwell().toNanos()));
    }
}
