package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.Causes;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.Offer;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One remote forward: where the gateway of a session listens for it, and the connections from there whose target is not
 * reached yet. Thread-safe, but for what says so.
 */
final class RemoteListener {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteListener.class);
    private static final Duration FIRST_RETRY = Duration.ofMillis(200);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

    private final Forward.Remote forward;
    private final Endpoint.Tcp listen;
    /** As the protocol has it. */
    private final String address;

    private final ForwardStats stats;
    private final LoopContext context;
    private final Switchboard switchboard;
    private final Executor workers;

    /** Loop only. */
    private final Set<Dial> dials = new HashSet<>();

    // Guarded by this.
    /** Whose gateway is to listen. */
    private @Nullable Link wanted;
    /** Whose gateway does. */
    private @Nullable Link holder;
    /** The real one, while the holder's gateway listens. */
    private int port;
    /** A session had the listener before, whose ghost may have it still. */
    private boolean hadBefore;

    /** Why no more is taken. */
    private @Nullable String closed;

    private Scheduler.@Nullable Timer retry;

    RemoteListener(
            Forward.Remote forward,
            ForwardStats stats,
            LoopContext context,
            Switchboard switchboard,
            Executor workers) {
        this.forward = forward;
        this.stats = stats;
        this.context = context;
        this.switchboard = switchboard;
        this.workers = workers;
        listen = (Endpoint.Tcp) forward.listen().orElseThrow();
        address = listen.host().equals(Endpoint.Tcp.ANY_ADDRESS) ? "" : listen.host();
    }

    ForwardStats stats() {
        return stats;
    }

    /**
     * Has the gateway of a session listen, in one attempt.
     *
     * @param attempt which, for the text
     * @return fails with a {@link TunnelException} when it does not
     */
    CompletableFuture<String> listen(Link link, @Nullable Gateway gateway, String attempt) {
        synchronized (this) {
            wanted = link;
        }
        return ask(link).handle((real, failure) -> {
            if (failure != null) {
                throw new CompletionException(refused(gateway, attempt, failure));
            }
            listens(link, gateway, real);
            return "there";
        });
    }

    /** When there was no answer for so long. */
    TunnelException unanswered(Duration time) {
        return new TunnelException(
                FailureReason.REMOTE_LISTEN_REFUSED,
                "forward '" + forward.name() + "': the gateway did not answer the request to listen on " + listen
                        + " within " + Durations.text(time),
                null);
    }

    private CompletableFuture<Integer> ask(Link link) {
        return link.listen(address, listen.port(), offer -> context.loop().execute(() -> dial(link, offer)));
    }

    private void listens(Link link, @Nullable Gateway gateway, int real) {
        Endpoint.Tcp place = new Endpoint.Tcp(listen.host(), real);
        synchronized (this) {
            if (closed != null || wanted != link) {
                var unused = link.unlisten(address, real);
                return;
            }
            hadBefore = true;
            holder = link;
            port = real;
            stats.listens(place);
        }
        LOG.info("{}: gateway {} listens on {} for {}", context.tunnel(), gateway, place, forward.target());
        link.lost().thenRun(() -> leave(link));
    }

    private synchronized void leave(Link link) {
        // The next session's listener may be there by then.
        if (holder == link) {
            holder = null;
            stats.listens(null);
        }
    }

    /** Has the gateway that listens do so no more; completes when it has answered, at once when there is none. */
    private synchronized CompletableFuture<?> giveBack() {
        Link before = holder;
        if (before == null) {
            return CompletableFuture.completedFuture("nowhere");
        }
        leave(before);
        return before.unlisten(address, port);
    }

    /** Has the gateway of a session that is up listen, and no other; tries until it does, or the session has ended. */
    void moveTo(Link link, @Nullable Gateway gateway) {
        CompletableFuture<?> free;
        synchronized (this) {
            wanted = link;
            free = giveBack();
        }
        var unused = free.thenRun(() -> attempt(link, gateway, FIRST_RETRY));
    }

    private void attempt(Link link, @Nullable Gateway gateway, Duration pause) {
        if (isOver(link)) {
            return;
        }
        var unused = ask(link).whenComplete((real, failure) -> {
            if (failure == null) {
                listens(link, gateway, real);
                return;
            }
            TunnelException why = refused(gateway, "", failure);
            if (why.reason() == FailureReason.REMOTE_LISTEN_REFUSED) {
                LOG.warn("{}: {}; next try in {}", context.tunnel(), why.getMessage(), Durations.text(pause));
                again(link, gateway, pause);
            }
        });
    }

    private synchronized void again(Link link, @Nullable Gateway gateway, Duration pause) {
        Duration twice = pause.multipliedBy(2);
        Duration next = twice.compareTo(LONGEST_RETRY) < 0 ? twice : LONGEST_RETRY;
        if (!isOver(link)) {
            retry = context.scheduler().schedule(pause, () -> attempt(link, gateway, next));
        }
    }

    private synchronized boolean isOver(Link link) {
        return closed != null
                || wanted != link
                || link.lost().toCompletableFuture().isDone();
    }

    private TunnelException refused(@Nullable Gateway gateway, String attempt, Throwable failure) {
        Throwable cause = Objects.requireNonNull(Causes.of(failure));
        String what = "forward '" + forward.name() + "': gateway " + gateway + " does not listen on " + listen + attempt
                + ": " + cause.getMessage();
        if (cause instanceof ChannelException known && known.kind() == ChannelException.Kind.LINK_DOWN) {
            return new TunnelException(FailureReason.CONNECTION_LOST, what, cause);
        }
        boolean ghost;
        synchronized (this) {
            ghost = hadBefore;
        }
        return new TunnelException(
                FailureReason.REMOTE_LISTEN_REFUSED,
                what
                        + (ghost
                                ? "; most likely the session that was lost still has the port there, until the server gives"
                                        + " that session up (its ClientAliveInterval and ClientAliveCountMax)"
                                : "; it has the port in use, or does not allow it (AllowTcpForwarding, PermitListen)"),
                cause);
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

    private synchronized @Nullable String closed() {
        return closed;
    }

    /** No more connections are taken. Loop only. */
    void close(String why) {
        synchronized (this) {
            closed = why;
            if (retry != null) {
                retry.cancel();
            }
            var unused = giveBack();
        }
        new ArrayList<>(dials).forEach(dial -> dial.cancel(why));
    }
}
