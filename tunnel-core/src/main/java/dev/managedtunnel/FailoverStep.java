package dev.managedtunnel;

/** What was decided about a tunnel's gateways; see {@link TunnelEvent.FailoverDecided}. */
public enum FailoverStep {
    /** A gateway that failed repeatedly, or where probes did, is left for another one. */
    LEFT,
    /** A better gateway, or one that may be better as probes fail, takes logins and is being checked. */
    TRYING,
    /** It failed while it was being checked, or probes fail there too; it will be tried again. */
    RELAPSED,
    /** It passed all checks, and new connections go there. */
    RETURNED
}
