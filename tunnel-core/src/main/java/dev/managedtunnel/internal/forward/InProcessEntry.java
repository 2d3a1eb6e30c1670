package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Forward;

/** Where connections of this process to one forward's target come in, as others come in by its listener. Thread-safe. */
public class InProcessEntry {
    private final Forward.Local forward;
    private final ForwardStats stats;
    private final Route route;
    private final LoopContext context;
    private final Switchboard switchboard;

    InProcessEntry(
            Forward.Local forward, ForwardStats stats, Route route, LoopContext context, Switchboard switchboard) {
        this.forward = forward;
        this.stats = stats;
        this.route = route;
        this.context = context;
        this.switchboard = switchboard;
    }

    /** The tunnel's name. */
    public String tunnel() {
        return context.tunnel();
    }

    public Forward.Local forward() {
        return forward;
    }

    /** Begins a connection, which is placed or parked as an accepted one. Returns at once. */
    public InProcessClient call() {
        return new InProcessConnection(toString(), stats, route, switchboard, context).begin();
    }

    /** Such as {@code tunnel orders-db, forward primary}. */
    @Override
    public String toString() {
        return "tunnel " + tunnel() + ", forward " + forward().name();
    }
}
