package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkFactory;
import dev.managedtunnel.internal.link.Offer;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tunnel's remote forwards: has the gateway of each new session listen before that session counts as up, and that of a
 * session that is up when a forward is added; leads what comes in there to its target here. Thread-safe, but for what says
 * so.
 */
final class RemoteForwards {
    /** For the gateway's answer to the request for a forward that is added. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(RemoteForwards.class);

    private final LoopContext context;
    private final Switchboard switchboard;
    private final Executor workers;

    // Guarded by this: a session that begins and a forward that is added meanwhile must find each other.
    private final List<Hosted> hosted = new ArrayList<>();
    private final Set<Session> sessions = new LinkedHashSet<>();

    RemoteForwards(LoopContext context, Switchboard switchboard, Executor workers) {
        this.context = context;
        this.switchboard = switchboard;
        this.workers = workers;
    }

    /** One that may have listeners. */
    private record Session(Link link, Gateway gateway, long number) {}

    /**
     * Takes part in session starts from now on.
     *
     * @return completes when the gateway of a session that is there already listens too, at once without one;
     *     exceptionally, with a {@link TunnelException}, when it does not. Then the forward is to be removed.
     */
    CompletionStage<Void> add(Forward.Remote forward, ForwardStats stats) {
        Hosted added = new Hosted(forward, stats);
        List<Session> there;
        synchronized (this) {
            hosted.add(added);
            there = List.copyOf(sessions);
        }
        if (there.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> listening =
                all(there.stream().map(session -> added.listen(session).exceptionally(RemoteForwards::unlessLost)));
        Scheduler.Timer timer =
                context.scheduler().schedule(LONGEST, () -> listening.completeExceptionally(added.unanswered()));
        return listening.whenComplete((none, failure) -> timer.cancel());
    }

    /** A session that ends meanwhile is not missed: the next one has the listener, or does not start. */
    private static Integer unlessLost(Throwable failure) {
        if (failure.getCause() instanceof TunnelException why && why.reason() == FailureReason.CONNECTION_LOST) {
            return 0;
        }
        throw failure instanceof CompletionException known ? known : new CompletionException(failure);
    }

    /** Takes no more part: the gateway is asked to stop, and who is not connected yet is turned away. Loop only. */
    void remove(ForwardStats stats, String why) {
        List<Hosted> removed;
        synchronized (this) {
            removed = hosted.stream().filter(one -> one.stats == stats).toList();
            hosted.removeAll(removed);
        }
        removed.forEach(one -> one.close(why));
    }

    /** Session starts that succeed when the gateway listens for all remote forwards. */
    LinkFactory onTopOf(LinkFactory links) {
        return (gateway, number) ->
                new ListeningStart(links.start(gateway, number), link -> listen(new Session(link, gateway, number)));
    }

    private CompletionStage<Void> listen(Session session) {
        List<Hosted> there;
        synchronized (this) {
            sessions.add(session);
            there = List.copyOf(hosted);
        }
        session.link().lost().thenRun(() -> ended(session));
        return all(there.stream().map(forward -> forward.listen(session)));
    }

    private synchronized void ended(Session session) {
        sessions.remove(session);
    }

    private static CompletableFuture<Void> all(Stream<? extends CompletableFuture<?>> parts) {
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
    }

    /** One of them. */
    private final class Hosted {
        private final Forward.Remote forward;
        private final Endpoint.Tcp listen;
        private final ForwardStats stats;
        private final String address;
        /** Loop only. */
        private final Set<Dial> dials = new HashSet<>();

        /** A session before this one had the listener. */
        private volatile boolean hadBefore;
        // Guarded by this.
        /** Whose gateway listens. */
        private @Nullable Link holder;

        private int holderPort;
        private @Nullable String closed;

        Hosted(Forward.Remote forward, ForwardStats stats) {
            this.forward = forward;
            this.stats = stats;
            listen = (Endpoint.Tcp) forward.listen().orElseThrow();
            address = listen.host().equals(Endpoint.Tcp.ANY_ADDRESS) ? "" : listen.host();
        }

        CompletableFuture<Integer> listen(Session session) {
            Link link = session.link();
            return link.listen(address, listen.port(), offer -> context.loop().execute(() -> dial(link, offer)))
                    .handle((port, failure) -> {
                        if (failure != null) {
                            throw new CompletionException(refused(session.gateway(), session.number(), failure));
                        }
                        listening(link, session.gateway(), port);
                        return port;
                    });
        }

        TunnelException unanswered() {
            return new TunnelException(
                    FailureReason.REMOTE_LISTEN_REFUSED,
                    "forward '" + forward.name() + "': the gateway did not answer the request to listen on " + listen
                            + " within " + Durations.text(LONGEST),
                    null);
        }

        private void listening(Link link, Gateway gateway, int port) {
            if (!hold(link, port)) {
                link.unlisten(address, port);
                return;
            }
            LOG.info(
                    "{}: gateway {} listens on {} for {}",
                    context.tunnel(),
                    gateway,
                    new Endpoint.Tcp(listen.host(), port),
                    forward.target());
            link.lost().thenRun(() -> leave(link));
        }

        private synchronized boolean hold(Link link, int port) {
            if (closed != null) {
                return false;
            }
            hadBefore = true;
            stats.listens(new Endpoint.Tcp(listen.host(), port));
            holder = link;
            holderPort = port;
            return true;
        }

        /** Loop only. */
        void close(String why) {
            Link last;
            synchronized (this) {
                closed = why;
                last = holder;
                holder = null;
            }
            if (last != null) {
                stats.listens(null);
                last.unlisten(address, holderPort);
            }
            new ArrayList<>(dials).forEach(dial -> dial.cancel(why));
        }

        private synchronized @Nullable String closed() {
            return closed;
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
            String no = closed();
            if (no != null) {
                stats.accepted();
                context.outcomes().ended(stats, false, ConnectionOutcome.TUNNEL_DOWN, no);
                offer.refuse(no);
                return;
            }
            Route.ToOffer route = new Route.ToOffer(offer, listen.toString());
            Dial dial = new Dial(link, route, forward.target(), stats, context, switchboard, workers, dials::remove);
            dials.add(dial);
            dial.begin();
        }
    }
}
