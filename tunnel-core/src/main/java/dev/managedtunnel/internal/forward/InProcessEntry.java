package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Forward;
import dev.managedtunnel.TunnelStatus;

/** Where connections of this process to one forward's target come in, as others come in by its listener. Thread-safe. */
public final class InProcessEntry {
    private final ForwardStats stats;
    private final LoopContext context;
    private final Switchboard switchboard;

    InProcessEntry(ForwardStats stats, LoopContext context, Switchboard switchboard) {
        this.stats = stats;
        this.context = context;
        this.switchboard = switchboard;
    }

    /** The tunnel's name. */
    public String tunnel() {
        return context.tunnel();
    }

    public Forward.Local forward() {
        return stats.forward();
    }

    TunnelStatus.Forwarded status() {
        return stats.snapshot();
    }

    /** Begins a connection, which is placed or parked as an accepted one. Returns at once. */
    public InProcessClient call() {
        return new InProcessConnection(toString(), stats, switchboard, context).begin();
    }

    /** Such as {@code tunnel orders-db, forward primary}. */
    @Override
    public String toString() {
        return "tunnel " + tunnel() + ", forward " + forward().name();
    }
}
