package dev.managedtunnel;

import java.time.Duration;

/**
 * What happens to connections that come in while no session is up: they wait for one, bounded in number and time.
 * Default: up to 256 for at most 30 s. {@code ssh} has no such thing: its listener is gone with its session. Immutable.
 */
public final class Parking {
    static final Parking DEFAULT = new Parking(256, Duration.ofSeconds(30));

    private static final Parking OFF = new Parking(0, Duration.ZERO);

    private final int limit;
    private final Duration longest;

    private Parking(int limit, Duration longest) {
        this.limit = limit;
        this.longest = longest;
    }

    /**
     * Parks at most so many connections of a tunnel at a time; more are refused with a RST.
     *
     * @throws IllegalArgumentException when the number is not 1 to 100,000
     */
    public static Parking upTo(int connections) {
        return new Parking(Checks.range("parking limit", connections, 1, 100_000), DEFAULT.longest);
    }

    /**
     * Ends a connection with a RST when it has waited so long.
     *
     * @throws IllegalArgumentException when the time is shorter than 1 ms
     */
    public Parking forAtMost(Duration time) {
        return new Parking(limit, Checks.atLeast("parking time", time, Duration.ofMillis(1)));
    }

    /** Parks nothing: without a session, connections are refused at once, as {@code ssh} would. */
    public static Parking off() {
        return OFF;
    }

    /** How many connections may wait at a time; 0 when parking is off. */
    public int limit() {
        return limit;
    }

    /** How long one may wait. */
    public Duration longest() {
        return longest;
    }

    @Override
    public String toString() {
        return limit == 0 ? "off" : "up to " + limit + " for at most " + longest;
    }
}
