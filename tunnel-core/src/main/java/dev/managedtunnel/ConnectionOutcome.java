package dev.managedtunnel;

import java.util.Locale;

/** How a connection has ended that came in by a listener or a socket factory. */
public enum ConnectionOutcome {
    /** It was carried to the target and ended by the application or the target. */
    SERVED,
    /**
     * It was established, or had come in at the gateway, and was broken by the loss of its session, by {@code close()} or by
     * the removal of its forward.
     */
    BROKEN,
    /** The target could not be reached, or the gateway would not connect to it. */
    TARGET_REFUSED,
    /** The target, or the gateway about it, gave no answer in time. */
    TARGET_TIMEOUT,
    /** Parking was full, or off. */
    PARKING_FULL,
    /** It was parked for the longest time allowed. */
    PARKING_EXPIRED,
    /** The client hung up, or its connect timed out, before it was established. */
    CLIENT_LEFT,
    /** The client of a dynamic forward spoke no SOCKS, asked for what is not supported, or took too long to ask. */
    CLIENT_REFUSED,
    /** The tunnel had failed or was closed, or its forward was removed, before the connection was established. */
    TUNNEL_DOWN;

    /** The value of the {@code outcome} tag in metrics: the name in lower case. Stable. */
    public String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
