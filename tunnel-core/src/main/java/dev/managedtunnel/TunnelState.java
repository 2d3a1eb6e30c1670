package dev.managedtunnel;

/** What a tunnel is doing. */
public enum TunnelState {
    /** No session has been up yet. */
    CONNECTING,
    /** Serving. */
    UP,
    /** Serving, with a failing probe or forward, or below redundancy. */
    DEGRADED,
    /** Waiting for the next attempt. */
    BACKING_OFF,
    /** Gave up. Final. */
    FAILED,
    /** Closed by the application. Final. */
    CLOSED
}
