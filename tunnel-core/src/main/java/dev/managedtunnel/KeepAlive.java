package dev.managedtunnel;

import java.time.Duration;

/**
 * How a dead peer is noticed: OpenSSH's {@code ServerAliveInterval} and {@code ServerAliveCountMax}. After
 * {@link #interval()} without a byte from the gateway a request is sent that the gateway must answer; after
 * {@link #missed()} such intervals without a byte the session is given up. Any byte received counts as an answer.
 * Default: every 10 s, 3 missed. Immutable.
 */
public final class KeepAlive {
    static final KeepAlive DEFAULT = new KeepAlive(Duration.ofSeconds(10), 3);

    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofDays(1);

    private final Duration interval;
    private final int missed;

    private KeepAlive(Duration interval, int missed) {
        this.interval = interval;
        this.missed = missed;
    }

    /**
     * A check after each such time of silence, 3 missed.
     *
     * @throws IllegalArgumentException when the interval is shorter than 100 ms (on a loaded machine it would end
     *     sessions that are well) or longer than a day
     */
    public static KeepAlive every(Duration interval) {
        return new KeepAlive(Checks.range("keepAlive interval", interval, SHORTEST, LONGEST), DEFAULT.missed);
    }

    /**
     * How many intervals in a row may pass without a byte before the session is given up. One lost check never ends a
     * session, so the least is 2.
     *
     * @throws IllegalArgumentException when the number is not 2 to 1000
     */
    public KeepAlive missed(int count) {
        return new KeepAlive(interval, Checks.range("keepAlive missed", count, 2, 1000));
    }

    /** The silence after which the gateway is asked. */
    public Duration interval() {
        return interval;
    }

    /** The number of unanswered intervals that end the session. */
    public int missed() {
        return missed;
    }

    @Override
    public String toString() {
        return "every " + interval + ", " + missed + " missed";
    }
}
