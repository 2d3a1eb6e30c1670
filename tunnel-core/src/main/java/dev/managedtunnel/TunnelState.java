package dev.managedtunnel;

/** Where a tunnel is in its life. {@link #FAILED} and {@link #CLOSED} are final. */
public enum TunnelState {
    /** A session is being started, or waits for starts of other tunnels to the same gateway. New connections are parked. */
    CONNECTING,
    /** All sessions are up that the tunnel keeps; connections are served. */
    UP,
    /**
     * Connections are served, but a {@link Probe} fails, or of the sessions that the tunnel keeps ({@code redundancy}) some
     * are not up.
     */
    DEGRADED,
    /** No session is up; the next start is due after a delay. New connections are parked. */
    BACKING_OFF,
    /** Gave up: {@link TunnelStatus#lastFailure()} says why. New connections are refused; only {@code close()} is left. */
    FAILED,
    /** Closed: nothing of the tunnel is left. */
    CLOSED;

    /** Whether a connection made now would be served at once. */
    public boolean isServing() {
        return this == UP || this == DEGRADED;
    }

    /** Whether the tunnel never leaves this state. */
    public boolean isFinal() {
        return this == FAILED || this == CLOSED;
    }
}
