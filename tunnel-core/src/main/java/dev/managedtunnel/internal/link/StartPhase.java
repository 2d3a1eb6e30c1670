package dev.managedtunnel.internal.link;

import java.util.Locale;

/** The phases of a session start, in their order. */
public enum StartPhase {
    /** Looking up the gateway's name. */
    RESOLVE,
    /** Connecting its TCP socket. */
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
