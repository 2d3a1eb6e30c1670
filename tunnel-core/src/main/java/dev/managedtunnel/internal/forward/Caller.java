package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.internal.link.Link;

/** A connection as far as it is placed, parked, opened and refused, wherever it came from. Loop only. */
interface Caller {
    /** Its place among the tunnel's connections, in the order of acceptance. */
    long number();

    /** When it was accepted. */
    long acceptedNanos();

    /** The name of its forward. */
    String forward();

    /** Whether it has a target. */
    boolean isEstablished();

    /** Asks this link for a channel. */
    void open(Link link);

    /** Ends it with an error before it was established, or because the tunnel ends. */
    void refuse(ConnectionOutcome outcome, String detail);

    /** Ends it since something broke; a bug perhaps. */
    void failed(Exception why);
}
