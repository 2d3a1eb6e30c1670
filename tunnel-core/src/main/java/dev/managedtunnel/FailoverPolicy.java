package dev.managedtunnel;

import java.time.Duration;

/**
 * When a tunnel with several gateways leaves one, and when it goes back. Immutable; built by {@link #builder()}.
 *
 * <p>A tunnel stays where it is until {@link Builder#failAfter(int)} failures in a row: failed session starts, and sessions
 * lost before they proved themselves ({@link RestartPolicy#provenAfter()}). It then goes to the gateway that comes next in
 * the order of preference and is not known to fail. So it does when a {@link Probe} fails: the check that makes it fail is
 * the first failure, and each failed one after that the next, until the probe is healthy again. Then the session is up and
 * stays so until one to another gateway is, on which one run of each probe is good; where no other gateway is better,
 * nothing is moved. From time to time it tries the preferred one by a session that carries
 * nothing; it goes back when that has passed {@link Builder#recoverAfter(int)} checks in a row, and not before it has
 * been away for the {@link Builder#dwell(Duration)}, which {@link Builder#damping} makes longer with each time that the
 * gateway is left again. No connection is refused or broken by going back ({@link RestartPolicy#drain()}).
 */
public final class FailoverPolicy {
    static final FailoverPolicy DEFAULT = builder().build();

    private static final int MOST = 1000;
    private static final Duration LEAST_CHECK = Duration.ofMillis(100);
    private static final Duration LONGEST_CHECK = Duration.ofDays(1);

    private final int failAfter;
    private final int recoverAfter;
    private final Duration checkEvery;
    private final Duration dwell;
    private final Duration dampingHalfLife;
    private final Duration longestDwell;

    private FailoverPolicy(Builder builder) {
        failAfter = builder.failAfter;
        recoverAfter = builder.recoverAfter;
        checkEvery = builder.checkEvery;
        dwell = builder.dwell;
        dampingHalfLife = builder.dampingHalfLife;
        longestDwell = builder.longestDwell;
    }

    /** A builder with the defaults named at its methods. Not thread-safe. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that starts from this policy. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.failAfter = failAfter;
        builder.recoverAfter = recoverAfter;
        builder.checkEvery = checkEvery;
        builder.dwell = dwell;
        builder.dampingHalfLife = dampingHalfLife;
        builder.longestDwell = longestDwell;
        return builder;
    }

    /** See {@link Builder#failAfter(int)}. */
    public int failAfter() {
        return failAfter;
    }

    /** See {@link Builder#recoverAfter(int)}. */
    public int recoverAfter() {
        return recoverAfter;
    }

    /** See {@link Builder#checkEvery(Duration)}. */
    public Duration checkEvery() {
        return checkEvery;
    }

    /** See {@link Builder#dwell(Duration)}. */
    public Duration dwell() {
        return dwell;
    }

    /** See {@link Builder#damping(Duration, Duration)}. */
    public Duration dampingHalfLife() {
        return dampingHalfLife;
    }

    /** See {@link Builder#damping(Duration, Duration)}. */
    public Duration longestDwell() {
        return longestDwell;
    }

    @Override
    public String toString() {
        return "fail after " + failAfter + ", recover after " + recoverAfter + " checks, one every " + checkEvery
                + ", dwell " + dwell + " to " + longestDwell + ", half-life " + dampingHalfLife;
    }

    /** Builds a {@link FailoverPolicy}. Not thread-safe; each method refuses values out of its range at once. */
    public static final class Builder {
        private int failAfter = 2;
        private int recoverAfter = 3;
        private Duration checkEvery = Duration.ofSeconds(30);
        private Duration dwell = Duration.ofMinutes(5);
        private Duration dampingHalfLife = Duration.ofHours(4);
        private Duration longestDwell = Duration.ofHours(2);

        private Builder() {}

        /** After how many failures in a row a gateway is left, 1 to 1000. Default 2: an isolated one never does it. */
        public Builder failAfter(int failures) {
            failAfter = Checks.range("failover failAfter", failures, 1, MOST);
            return this;
        }

        /**
         * How many checks in a row a preferred gateway must pass before it is used again, 1 to 1000. Default 3. A check
         * is a question that its server has to answer, as for a keep-alive, on a session on trial that carries nothing
         * else; one that is not answered within 5 s, or shortly before the next if that is sooner, ends the trial. A
         * tunnel with probes runs each of them once for a check, and one that fails ends the trial too, unless probes fail
         * where the tunnel is.
         */
        public Builder recoverAfter(int checks) {
            recoverAfter = Checks.range("failover recoverAfter", checks, 1, MOST);
            return this;
        }

        /**
         * The time between two such checks, and between two attempts to begin them. Default 30 s.
         *
         * @throws IllegalArgumentException when it is shorter than 100 ms or longer than a day
         */
        public Builder checkEvery(Duration time) {
            checkEvery = Checks.range("failover checkEvery", time, LEAST_CHECK, LONGEST_CHECK);
            return this;
        }

        /**
         * How long a gateway that has served is left alone at least once it was left, and how long a tunnel stays at least
         * where it went. Default 5 min.
         *
         * @throws IllegalArgumentException when it is longer than what {@link #damping} allows at most
         */
        public Builder dwell(Duration time) {
            Checks.atLeast("failover dwell", time, Duration.ZERO);
            if (time.compareTo(longestDwell) > 0) {
                throw Checks.bad(
                        "failover dwell", time, "is above the longest one " + longestDwell + "; raise that first");
            }
            dwell = time;
            return this;
        }

        /**
         * Makes the dwell longer for a gateway that is left again and again. A penalty grows by 1 each time that a gateway
         * which has served is left, and halves with each such time that passes; the gateway is left alone for {@code dwell
         * x 2^(penalty-1)}, at most so long. Default: 4 h, and 2 h at most.
         *
         * @param halfLife of the penalty; 0 keeps none, so that the dwell is always the same
         * @param longest the dwell grows to this
         * @throws IllegalArgumentException when the longest dwell is below the dwell
         */
        public Builder damping(Duration halfLife, Duration longest) {
            Checks.atLeast("failover damping half-life", halfLife, Duration.ZERO);
            Checks.atLeast("failover damping longest", longest, Duration.ZERO);
            if (longest.compareTo(dwell) < 0) {
                throw Checks.bad("failover damping longest", longest, "is below the dwell " + dwell + "; raise it");
            }
            dampingHalfLife = halfLife;
            longestDwell = longest;
            return this;
        }

        /** The policy, a snapshot of this builder. */
        public FailoverPolicy build() {
            return new FailoverPolicy(this);
        }
    }
}
