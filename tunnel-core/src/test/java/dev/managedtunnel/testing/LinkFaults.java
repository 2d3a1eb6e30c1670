package dev.managedtunnel.testing;

/**
 * What is wrong with one direction of a {@link FaultRelay}, and how many bytes it may take in now. On the relay's thread
 * only, except the counters.
 */
final class LinkFaults {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    /** How long a limited link may have been idle and still make up for it. */
    private static final double BURST_SECONDS = 0.01;

    long delayNanos;
    long dripNanos;
    boolean stalled;

    private long bytesPerSecond;
    private double tokens;
    private long filledAt;
    private long untilStall = Long.MAX_VALUE;
    private volatile long stallsAt = Long.MAX_VALUE;
    private volatile long passed;

    void limit(long rate, long now) {
        bytesPerSecond = rate;
        tokens = 0;
        filledAt = now;
    }

    void stallAfter(long bytes) {
        untilStall = bytes;
        stallsAt = passed + bytes;
    }

    void lift() {
        stalled = false;
        untilStall = Long.MAX_VALUE;
        stallsAt = Long.MAX_VALUE;
    }

    /** Whether the stall ordered by {@link #stallAfter} has begun. Any thread. */
    boolean hasStalled() {
        return passed >= stallsAt;
    }

    /** How many bytes have left the relay in this direction. Any thread. */
    long passed() {
        return passed;
    }

    /** How many bytes may be read now, at most {@code wanted}. */
    int intake(int wanted, long now) {
        long allowed = Math.min(wanted, untilStall);
        if (bytesPerSecond > 0) {
            double elapsed = (double) (now - filledAt) / NANOS_PER_SECOND;
            tokens = Math.min(tokens + elapsed * bytesPerSecond, Math.max(1, bytesPerSecond * BURST_SECONDS));
            filledAt = now;
            allowed = Math.min(allowed, (long) tokens);
        }
        return (int) allowed;
    }

    /** When to ask again after an {@link #intake} of nothing; {@link Long#MAX_VALUE} when only a change helps. */
    long nextIntake(long now) {
        if (untilStall == 0) {
            return Long.MAX_VALUE;
        }
        return now + (long) ((1 - tokens) / bytesPerSecond * NANOS_PER_SECOND) + 1;
    }

    void took(int bytes) {
        if (bytesPerSecond > 0) {
            tokens -= bytes;
        }
        if (untilStall != Long.MAX_VALUE) {
            untilStall -= bytes;
        }
    }

    // one writer: the relay's thread
    @SuppressWarnings("NonAtomicVolatileUpdate")
    void passed(int bytes) {
        passed += bytes;
    }
}
