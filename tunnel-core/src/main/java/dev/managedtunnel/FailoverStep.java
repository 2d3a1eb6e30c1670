package dev.managedtunnel;

/** What was decided about a tunnel's gateways; see {@link TunnelEvent.FailoverDecided}. */
public enum FailoverStep {
    /** A gateway that failed repeatedly is left for another one. */
    LEFT,
    /** A better gateway takes logins again and is being checked. */
    TRYING,
    /** It failed while it was being checked; it will be tried again. */
    RELAPSED,
    /** It answered all checks, and new connections go there. */
    RETURNED
}
