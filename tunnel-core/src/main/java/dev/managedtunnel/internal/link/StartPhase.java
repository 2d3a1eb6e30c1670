package dev.managedtunnel.internal.link;

import java.util.Locale;

/**
 * The phases of a session start, in their order. A start through jump hosts goes through them for each hop; the times of a
 * phase are added up then.
 */
public enum StartPhase {
    /** Looking up the name of the gateway, or of the first jump host or the proxy on the way. */
    RESOLVE,
    /** Connecting to it, a proxy's or jump host's connecting included. */
    CONNECT,
    /** Waiting for its SSH banner. */
    BANNER,
    /** Exchanging keys and checking the host key. */
    KEX,
    /** Logging in. */
    AUTH;

    /** The value of the {@code phase} tag in metrics. */
    public String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
