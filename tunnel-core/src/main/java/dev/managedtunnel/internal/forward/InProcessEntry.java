package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Forward;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where connections of this process come in that go by one forward, as others come in by its listener. Thread-safe. */
public class InProcessEntry {
    private final Forward forward;
    private final @Nullable Endpoint target;
    private final ForwardStats stats;
    private final LoopContext context;
    private final Switchboard switchboard;

    /** @param target null for a forward whose clients name their own */
    InProcessEntry(
            Forward forward,
            @Nullable Endpoint target,
            ForwardStats stats,
            LoopContext context,
            Switchboard switchboard) {
        this.forward = forward;
        this.target = target;
        this.stats = stats;
        this.context = context;
        this.switchboard = switchboard;
    }

    /** The tunnel's name. */
    public String tunnel() {
        return context.tunnel();
    }

    public Forward forward() {
        return forward;
    }

    /** What it leads to; empty for a dynamic forward's. */
    public Optional<Endpoint> target() {
        return Optional.ofNullable(target);
    }

    /**
     * The same for one connection: a dynamic forward's leads to what is asked for, every other one to its own target. A
     * name that was not looked up yet is left to the gateway.
     *
     * @throws ConnectException when a dynamic forward is asked for what is no host and port
     */
    public InProcessEntry to(@Nullable InetSocketAddress asked) throws ConnectException {
        if (target != null) {
            return this;
        }
        if (asked == null) {
            throw new ConnectException(this + ": it leads to no target of its own; connect to a host and port");
        }
        try {
            Endpoint named = Endpoint.requireTarget(Endpoint.tcp(host(asked), asked.getPort()));
            return new InProcessEntry(forward, named, stats, context, switchboard);
        } catch (IllegalArgumentException noTarget) {
            throw new ConnectException(this + ": " + noTarget.getMessage());
        }
    }

    private static String host(InetSocketAddress asked) {
        return asked.isUnresolved()
                ? asked.getHostString()
                : SocksDialogue.literal(asked.getAddress().getAddress());
    }

    /**
     * Begins a connection, which is placed or parked as an accepted one. Returns at once.
     *
     * @throws ConnectException when it has no target
     */
    public InProcessClient call() throws ConnectException {
        if (target == null) {
            throw new ConnectException(this + ": it leads to no target of its own");
        }
        Route route = new Route.ToTarget(target);
        return new InProcessConnection(toString(), stats, route, switchboard, context).begin();
    }

    /** Such as {@code tunnel orders-db, forward primary}. */
    @Override
    public String toString() {
        return "tunnel " + tunnel() + ", forward " + forward().name();
    }
}
