package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Forward;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.Offer;
import dev.managedtunnel.internal.status.Recorder;
import java.util.function.Consumer;

/**
 * Connections of probes: they go the way of all connections, but by one session only; they are never parked, and nobody
 * counts or tells of them. Thread-safe.
 */
public final class ProbeConnections {
    private final LoopContext context;
    private final Switchboard switchboard;

    ProbeConnections(LoopContext context, Switchboard switchboard) {
        this.context = new LoopContext(
                context.tunnel(),
                context.loop(),
                context.scheduler(),
                Recorder.NONE,
                Outcomes.unheard(context.tunnel(), context.scheduler()),
                context.lingering(),
                context.mostQueued());
        this.switchboard = switchboard;
    }

    /**
     * A way in for connections to a target.
     *
     * @param opened is given each connection
     */
    public InProcessEntry to(Link link, Endpoint target, Consumer<InProcessClient> opened) {
        Forward forward = Forward.local(target).inProcessOnly();
        return new InProcessEntry(forward, target, stats(forward), context, switchboard) {
            @Override
            public InProcessClient call() {
                InProcessClient client = begin(target.toString(), link, forward, new Route.Pinned(target));
                opened.accept(client);
                return client;
            }
        };
    }

    /** Takes what has come in at the gateway. */
    public InProcessClient take(Link link, Offer offer) {
        return begin("echo loop", link, Forward.remote(0, "localhost", 1), new Route.ToOffer(offer, "the echo loop"));
    }

    private InProcessClient begin(String label, Link link, Forward forward, Route route) {
        return new InProcessConnection(label, stats(forward), route, switchboard, context).beginBy(link);
    }

    private static ForwardStats stats(Forward forward) {
        return new ForwardStats(forward, null);
    }
}
