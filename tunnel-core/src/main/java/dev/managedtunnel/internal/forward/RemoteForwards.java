package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkFactory;
import dev.managedtunnel.internal.link.Offer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tunnel's remote forwards: has the gateway of each new session listen before that session counts as up, and leads what
 * comes in there to its target here. Thread-safe, but for what says so.
 */
final class RemoteForwards {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteForwards.class);

    private final LoopContext context;
    private final Switchboard switchboard;
    private final Executor workers;
    private final List<Hosted> hosted = new CopyOnWriteArrayList<>();
    /** Loop only. */
    private final Set<Dial> dials = new HashSet<>();

    RemoteForwards(LoopContext context, Switchboard switchboard, Executor workers) {
        this.context = context;
        this.switchboard = switchboard;
        this.workers = workers;
    }

    /** Takes part in session starts from now on. */
    void add(Forward.Remote forward, ForwardStats stats) {
        hosted.add(new Hosted(forward, stats));
    }

    /** Session starts that succeed when the gateway listens for all remote forwards. */
    LinkFactory onTopOf(LinkFactory links) {
        return (gateway, number) -> hosted.isEmpty()
                ? links.start(gateway, number)
                : new ListeningStart(links.start(gateway, number), link -> listen(link, gateway, number));
    }

    private CompletionStage<Void> listen(Link link, Gateway gateway, long number) {
        List<CompletableFuture<?>> all = new ArrayList<>();
        hosted.forEach(forward -> all.add(forward.listen(link, gateway, number)));
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }

    /** No more connections are taken. Loop only. */
    void close(String why) {
        hosted.clear();
        new ArrayList<>(dials).forEach(dial -> dial.cancel(why));
    }

    /** One of them. */
    private final class Hosted {
        private final Forward.Remote forward;
        private final Endpoint.Tcp listen;
        private final ForwardStats stats;
        /** A session before this one had the listener. */
        private volatile boolean hadBefore;
        /** Whose gateway listens. Guarded by this. */
        private @Nullable Link holder;

        Hosted(Forward.Remote forward, ForwardStats stats) {
            this.forward = forward;
            this.stats = stats;
            listen = (Endpoint.Tcp) forward.listen().orElseThrow();
        }

        CompletableFuture<Integer> listen(Link link, Gateway gateway, long number) {
            String address = listen.host().equals(Endpoint.Tcp.ANY_ADDRESS) ? "" : listen.host();
            return link.listen(address, listen.port(), offer -> context.loop().execute(() -> dial(link, offer)))
                    .handle((port, failure) -> {
                        if (failure != null) {
                            throw new CompletionException(refused(gateway, number, failure));
                        }
                        listening(link, gateway, port);
                        return port;
                    });
        }

        private synchronized void listening(Link link, Gateway gateway, int port) {
            hadBefore = true;
            Endpoint.Tcp place = new Endpoint.Tcp(listen.host(), port);
            stats.listens(place);
            LOG.info("{}: gateway {} listens on {} for {}", context.tunnel(), gateway, place, forward.target());
            holder = link;
            link.lost().thenRun(() -> leave(link));
        }

        private synchronized void leave(Link lost) {
            // The next session's listener may be there by then.
            if (holder == lost) {
                holder = null;
                stats.listens(null);
            }
        }

        private TunnelException refused(Gateway gateway, long number, Throwable failure) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            String what = "forward '" + forward.name() + "': gateway " + gateway + " does not listen on " + listen
                    + " (attempt " + number + "): ";
            if (cause instanceof ChannelException known && known.kind() == ChannelException.Kind.LINK_DOWN) {
                return new TunnelException(FailureReason.CONNECTION_LOST, what + cause.getMessage(), cause);
            }
            String ghost = hadBefore
                    ? "; most likely the session that was lost still has the port there, until the server gives that"
                            + " session up (its ClientAliveInterval and ClientAliveCountMax)"
                    : "; it has the port in use, or does not allow it (AllowTcpForwarding, PermitListen)";
            return new TunnelException(FailureReason.REMOTE_LISTEN_REFUSED, what + cause.getMessage() + ghost, cause);
        }

        private void dial(Link link, Offer offer) {
            Route.ToOffer route = new Route.ToOffer(offer, listen.toString());
            Dial dial = new Dial(link, route, forward.target(), stats, context, switchboard, workers, dials::remove);
            dials.add(dial);
            dial.begin();
        }
    }
}
