package dev.managedtunnel.examples.app.live;

import dev.managedtunnel.TunnelState;
import dev.managedtunnel.boot.actuate.TunnelDescriptor;
import dev.managedtunnel.examples.app.demo.Fault;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a page shows at one moment. Each message carries all of it, so that none depends on the one before.
 *
 * @param now the server's time, by which the page counts
 * @param orders changes with each order that is placed
 * @param demo null where nothing may be broken
 */
record PageState(
        Instant now,
        List<Tunnel> tunnels,
        long orders,
        @Nullable Demo demo) {

    /**
     * A tunnel.
     *
     * @param status as the actuator's endpoint tells it
     * @param states those of the last hour, the oldest first; each lasts until the next one
     * @param failedAt when the last failure happened
     * @param happenings the newest first
     * @param traffic payload bytes in each of the last seconds, the oldest first
     */
    record Tunnel(
            TunnelDescriptor status,
            List<Span> states,
            @Nullable Instant failedAt,
            List<Happening> happenings,
            List<Traffic> traffic) {}

    /** A state, and when it began. */
    record Span(TunnelState state, Instant since) {}

    /** Payload bytes in a second, from targets and to them. */
    record Traffic(long in, long out) {}

    /** The kinds of happenings, for which the page has words. */
    enum Kind {
        UP,
        LOST,
        START_FAILED,
        REPLACED,
        PROBE_FAILED,
        PROBE_RECOVERED,
        FAILOVER,
        CONNECTION_FAILED
    }

    /**
     * Something that happened to a tunnel.
     *
     * @param detail for people
     * @param lasted what came to an end: the outage, the session, the failing
     * @param times how often in a row; the rest is of the last time
     */
    record Happening(
            Instant at, Kind kind, String detail, @Nullable Duration lasted, int times) {}

    /** @param running the fault under way */
    record Demo(@Nullable Fault running) {}
}
