package dev.managedtunnel;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When a lost session is started again, and when the tunnel gives up. Immutable; built by {@link #builder()}.
 *
 * <p>A <em>streak</em> counts failed starts and sessions lost before they proved themselves. The first retry of a streak
 * is immediate; from the second on the delay is {@code min(cap, first x factor^(streak-2))}, times {@code 1 +- jitter}.
 * Two starts never begin closer than {@link #minSpacing()}.
 */
public final class RestartPolicy {
    /** For {@link Builder#maxStarts(int)}: start as often as needed. */
    public static final int UNLIMITED = 0;

    private static final Duration LEAST_PROVEN = Duration.ofSeconds(10);
    private static final Duration LEAST_MAX_SESSION_AGE = Duration.ofSeconds(1);

    static final RestartPolicy DEFAULT = builder().build();

    private final Duration gateTime;
    private final Duration firstDelay;
    private final Duration maxDelay;
    private final double factor;
    private final double jitter;
    private final Duration minSpacing;
    /** Null when it follows the gate time, so that it does so in a copy by {@link #toBuilder()} too. */
    private final @Nullable Duration provenAfter;

    private final int maxStarts;
    private final Duration maxSessionAge;
    private final Duration drain;
    private final boolean failFast;
    private final boolean retryPermanentOnceUp;

    private RestartPolicy(Builder builder) {
        gateTime = builder.gateTime;
        firstDelay = builder.firstDelay;
        maxDelay = builder.maxDelay;
        factor = builder.factor;
        jitter = builder.jitter;
        minSpacing = builder.minSpacing;
        provenAfter = builder.provenAfter;
        maxStarts = builder.maxStarts;
        maxSessionAge = builder.maxSessionAge;
        drain = builder.drain;
        failFast = builder.failFast;
        retryPermanentOnceUp = builder.retryPermanentOnceUp;
    }

    /** A builder with the defaults named at its methods. Not thread-safe. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that starts from this policy. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.gateTime = gateTime;
        builder.firstDelay = firstDelay;
        builder.maxDelay = maxDelay;
        builder.factor = factor;
        builder.jitter = jitter;
        builder.minSpacing = minSpacing;
        builder.provenAfter = provenAfter;
        builder.maxStarts = maxStarts;
        builder.maxSessionAge = maxSessionAge;
        builder.drain = drain;
        builder.failFast = failFast;
        builder.retryPermanentOnceUp = retryPermanentOnceUp;
        return builder;
    }

    /** See {@link Builder#gateTime(Duration)}. */
    public Duration gateTime() {
        return gateTime;
    }

    /** The delay before the second retry of a streak. */
    public Duration firstDelay() {
        return firstDelay;
    }

    /** The cap of the delay, before jitter. */
    public Duration maxDelay() {
        return maxDelay;
    }

    /** See {@link Builder#factor(double)}. */
    public double factor() {
        return factor;
    }

    /** See {@link Builder#jitter(double)}. */
    public double jitter() {
        return jitter;
    }

    /** See {@link Builder#minSpacing(Duration)}. */
    public Duration minSpacing() {
        return minSpacing;
    }

    /** See {@link Builder#provenAfter(Duration)}. */
    public Duration provenAfter() {
        if (provenAfter != null) {
            return provenAfter;
        }
        return gateTime.compareTo(LEAST_PROVEN) > 0 ? gateTime : LEAST_PROVEN;
    }

    /** See {@link Builder#maxStarts(int)}. */
    public int maxStarts() {
        return maxStarts;
    }

    /** See {@link Builder#maxSessionAge(Duration)}. */
    public Duration maxSessionAge() {
        return maxSessionAge;
    }

    /** See {@link Builder#drain(Duration)}. */
    public Duration drain() {
        return drain;
    }

    /** See {@link Builder#failFast(boolean)}. */
    public boolean failFast() {
        return failFast;
    }

    /** See {@link Builder#retryPermanentOnceUp(boolean)}. */
    public boolean retryPermanentOnceUp() {
        return retryPermanentOnceUp;
    }

    @Override
    public String toString() {
        return "gate " + gateTime + ", backoff " + firstDelay + " to " + maxDelay + " x " + factor + " +- " + jitter
                + ", spacing " + minSpacing + ", proven after " + provenAfter() + ", starts "
                + (maxStarts == UNLIMITED ? "unlimited" : String.valueOf(maxStarts))
                + (maxSessionAge.isZero() ? "" : ", replaced after " + maxSessionAge)
                + ", drain " + drain;
    }

    /** Builds a {@link RestartPolicy}. Not thread-safe; each method refuses values out of its range at once. */
    public static final class Builder {
        private Duration gateTime = Duration.ZERO;
        private Duration firstDelay = Duration.ofMillis(500);
        private Duration maxDelay = Duration.ofSeconds(30);
        private double factor = 2;
        private double jitter = 0.2;
        private Duration minSpacing = Duration.ofSeconds(1);
        private @Nullable Duration provenAfter;
        private int maxStarts = UNLIMITED;
        private Duration maxSessionAge = Duration.ZERO;
        private Duration drain = Duration.ofSeconds(30);
        private boolean failFast = true;
        private boolean retryPermanentOnceUp = true;

        private Builder() {}

        /**
         * How long the first session must live for the tunnel to count as established: AUTOSSH_GATETIME. If it can't be
         * had, or is lost earlier, the tunnel fails. Default 0: retry from the first start on.
         */
        public Builder gateTime(Duration time) {
            gateTime = Checks.atLeast("restart gateTime", time, Duration.ZERO);
            return this;
        }

        /**
         * The delay before the second retry of a streak, and the cap it grows to (AUTOSSH_POLL's role). Default 500 ms
         * and 30 s.
         *
         * @throws IllegalArgumentException when first is below 1 ms, or above the cap
         */
        public Builder backoff(Duration first, Duration cap) {
            Checks.atLeast("restart backoff first", first, Duration.ofMillis(1));
            if (cap.compareTo(first) < 0) {
                throw Checks.bad(
                        "restart backoff cap", cap, "is below the first delay " + first + "; swap or raise it");
            }
            maxDelay = Checks.atLeast("restart backoff cap", cap, Duration.ofMillis(1));
            firstDelay = first;
            return this;
        }

        /** What the delay is multiplied with at each further failure, 1 to 100. Default 2. */
        public Builder factor(double value) {
            if (!(value >= 1 && value <= 100)) {
                throw Checks.bad("restart factor", value, "is out of range; give 1 to 100");
            }
            factor = value;
            return this;
        }

        /** By which share a delay is varied either way, 0 to 0.99, so that many clients do not start at once. Default 0.2. */
        public Builder jitter(double share) {
            if (!(share >= 0 && share <= 0.99)) {
                throw Checks.bad("restart jitter", share, "is out of range; give 0 to 0.99");
            }
            jitter = share;
            return this;
        }

        /**
         * The least time between the beginnings of two session starts, whatever asks for them; only
         * {@link ManagedTunnel#reconnectNow()} passes it. systemd's {@code RestartSec}. Default 1 s. No longer one is
         * needed to sit out TIME_WAIT: the listener is never rebound, and outgoing ports are ephemeral.
         */
        public Builder minSpacing(Duration time) {
            minSpacing = Checks.atLeast("restart minSpacing", time, Duration.ZERO);
            return this;
        }

        /**
         * How long a session must be up to end the streak. Time spent connecting does not count. Default: the greater
         * of the gate time and 10 s.
         */
        public Builder provenAfter(Duration time) {
            provenAfter = Checks.atLeast("restart provenAfter", time, Duration.ZERO);
            return this;
        }

        /** How many session starts the tunnel may make in all: AUTOSSH_MAXSTART. Default {@link #UNLIMITED}. */
        public Builder maxStarts(int starts) {
            maxStarts = Checks.range("restart maxStarts", starts, UNLIMITED, Integer.MAX_VALUE);
            return this;
        }

        /**
         * How long a session may be up before a new one takes its place: AUTOSSH_MAXLIFETIME. The new one is started
         * first, so that no connection is refused; see {@link #drain} for those that the old one has. Sessions are
         * replaced up to 10 % earlier, so that many tunnels do not do it at once. Default 0: never.
         *
         * @throws IllegalArgumentException when it is neither 0 nor at least 1 s
         */
        public Builder maxSessionAge(Duration time) {
            maxSessionAge = time.isZero() ? time : Checks.atLeast("restart maxSessionAge", time, LEAST_MAX_SESSION_AGE);
            return this;
        }

        /**
         * How long a session that is being replaced, by {@link #maxSessionAge}, {@link ManagedTunnel#restart()} or a
         * return to a better gateway, goes on for the connections that it has. Those left then end with a RST. Default
         * 30 s.
         */
        public Builder drain(Duration time) {
            drain = Checks.atLeast("restart drain", time, Duration.ZERO);
            return this;
        }

        /**
         * Whether a failure that no retry can mend ({@link FailureReason#isPermanent()}) ends a tunnel that has never
         * been up. Default true.
         */
        public Builder failFast(boolean value) {
            failFast = value;
            return this;
        }

        /**
         * Whether such a failure is retried, at the backoff's cap, once the tunnel has been up: a revoked key or a
         * swapped host key gets repaired while the application runs. The gateway is never used as long as it lasts.
         * Default true.
         */
        public Builder retryPermanentOnceUp(boolean value) {
            retryPermanentOnceUp = value;
            return this;
        }

        /** The policy, a snapshot of this builder. */
        public RestartPolicy build() {
            return new RestartPolicy(this);
        }
    }
}
