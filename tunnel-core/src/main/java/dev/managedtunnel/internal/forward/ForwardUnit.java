package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Forward;
import dev.managedtunnel.TunnelException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One forward of a tunnel with all that is its own: what it listens on, where connections of this process come in, its
 * counts. Added and removed as a whole. {@link #open} and {@link #close} are the loop's, the rest is thread-safe.
 */
final class ForwardUnit {
    private final Forward forward;
    private final @Nullable BoundListener bound;
    private final ForwardStats stats;
    /** For what comes in here; null where nothing does. */
    private final LocalListener.@Nullable Reception reception;

    private final @Nullable InProcessEntry entry;
    private final LoopContext context;
    private final RemoteForwards remotes;

    private @Nullable LocalListener listener;

    /**
     * Binds what listens here. Looking up the name of a listening address may block.
     *
     * @throws TunnelException LISTEN_FAILED when it can't be bound
     */
    ForwardUnit(Forward forward, LoopContext context, Switchboard switchboard, RemoteForwards remotes) {
        this.forward = forward;
        this.context = context;
        this.remotes = remotes;
        bound = forward instanceof Forward.Remote ? null : BoundListener.bind(forward);
        stats = new ForwardStats(forward, bound == null ? null : bound.listening());
        if (forward instanceof Forward.Local local) {
            Route route = new Route.ToTarget(local.target());
            reception = client -> switchboard.accepted(client, stats, route);
            entry = new InProcessEntry(forward, local.target(), stats, context, switchboard);
        } else if (forward instanceof Forward.Dynamic) {
            reception = new SocksEntrance(stats, switchboard, context);
            entry = new InProcessEntry(forward, null, stats, context, switchboard);
        } else {
            reception = null;
            entry = null;
        }
    }

    /**
     * Begins to take connections.
     *
     * @return completes when it does, at once for one that listens here
     */
    CompletionStage<?> open() throws IOException {
        if (bound != null) {
            listener = new LocalListener(bound, bound.server()::accept, Objects.requireNonNull(reception), context);
        }
        return forward instanceof Forward.Remote remote
                ? remotes.add(remote, stats)
                : CompletableFuture.completedStage("at once");
    }

    /** Stops listening for good, and turns away who is not yet a connection. Idempotent. */
    void close(String why) {
        if (listener != null) {
            listener.close(why);
        } else if (bound != null) {
            bound.close();
        }
        remotes.remove(stats, why);
    }

    String name() {
        return forward.name();
    }

    Forward forward() {
        return forward;
    }

    ForwardStats stats() {
        return stats;
    }

    /** Whether it is removed, and only its last connections are left. */
    boolean isLeaving() {
        return stats.refusal() != null;
    }

    /** Whether another forward can't listen where this one does, or was asked to. */
    boolean isIn(Forward other) {
        Endpoint place = other.listen().orElse(null);
        boolean anyPort = place instanceof Endpoint.Tcp tcp && tcp.port() == 0;
        boolean sameSide = other instanceof Forward.Remote == forward instanceof Forward.Remote;
        return place != null
                && !anyPort
                && sameSide
                && !isLeaving()
                && (place.equals(forward.listen().orElse(null)) || place.equals(stats.listening()));
    }

    boolean isOnTcpHere() {
        return bound != null && bound.address() != null && !isLeaving();
    }

    /** What it listens on here, if it does. */
    Optional<BoundListener> bound() {
        return Optional.ofNullable(bound);
    }

    /** Where connections of this process come in; empty for a remote one. */
    Optional<InProcessEntry> entry() {
        return Optional.ofNullable(entry);
    }

    /** See {@link Forwarder#address}. */
    InetSocketAddress address() {
        if (forward instanceof Forward.Remote && !isLeaving()) {
            if (stats.listening() instanceof Endpoint.Tcp tcp) {
                return InetSocketAddress.createUnresolved(tcp.host(), tcp.port());
            }
            throw new IllegalStateException("forward '" + name() + "' of tunnel " + context.tunnel()
                    + " listens at the gateway, and no session is up; wait for it with awaitUp");
        }
        InetSocketAddress address = bound == null || isLeaving() ? null : bound.address();
        if (address == null) {
            throw hasNo("TCP listener");
        }
        return address;
    }

    /** See {@link Forwarder#socketPath}. */
    Path socketPath() {
        if (stats.listening() instanceof Endpoint.UnixSocket socket) {
            return socket.toPath();
        }
        throw hasNo("Unix socket listener");
    }

    private IllegalArgumentException hasNo(String kind) {
        String instead = isLeaving()
                ? ": it is removed, and ends with its last connection"
                : bound == null && entry != null
                        ? ": it is for in-process use only; use socketFactory(\"" + name() + "\")"
                        : " but " + stats.listening();
        return new IllegalArgumentException(
                "forward '" + name() + "' of tunnel " + context.tunnel() + " has no " + kind + instead);
    }
}
