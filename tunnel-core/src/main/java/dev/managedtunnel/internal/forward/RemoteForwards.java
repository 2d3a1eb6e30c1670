package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel's remote forwards. One session at a time holds them, and its gateway listens: the first has it listen before it
 * counts as up; when it is lost or replaced, another one that is up takes over. Thread-safe.
 */
final class RemoteForwards {
    private final LoopContext context;
    private final Switchboard switchboard;
    private final Executor workers;

    // Guarded by this.
    private final List<RemoteListener> listeners = new ArrayList<>();
    /** The sessions that live, with their gateways, in the order in which they came. */
    private final Map<Link, Gateway> alive = new LinkedHashMap<>();
    /** Those of them that take connections. */
    private final List<Link> serving = new ArrayList<>();

    private @Nullable Link holder;

    RemoteForwards(LoopContext context, Switchboard switchboard, Executor workers) {
        this.context = context;
        this.switchboard = switchboard;
        this.workers = workers;
    }

    /** Adds one; the session that holds the others has its gateway listen for it too. */
    synchronized void add(Forward.Remote forward, ForwardStats stats) {
        RemoteListener added = new RemoteListener(forward, stats, context, switchboard, workers);
        listeners.add(added);
        if (holder != null) {
            added.moveTo(holder, gatewayOf(holder));
        }
    }

    /** Session starts that succeed when the gateway listens, unless another session has that already. */
    LinkFactory onTopOf(LinkFactory links) {
        return (gateway, number) -> new ListeningStart(
                links.start(gateway, number),
                link -> begin(link, gateway)
                        ? listen(link, gateway, number)
                        : CompletableFuture.completedStage("not this one"));
    }

    /** A session has come up; whether it is the one that holds the forwards. */
    private synchronized boolean begin(Link link, Gateway gateway) {
        alive.put(link, gateway);
        link.lost().thenRun(() -> lost(link));
        if (holder != null || listeners.isEmpty()) {
            return false;
        }
        holder = link;
        return true;
    }

    private CompletionStage<?> listen(Link link, Gateway gateway, long number) {
        CompletableFuture<?>[] all;
        synchronized (this) {
            all = listeners.stream()
                    .map(listener -> listener.listen(link, gateway, number))
                    .toArray(CompletableFuture[]::new);
        }
        return CompletableFuture.allOf(all);
    }

    /** It takes connections from now on. */
    synchronized void linkUp(Link link) {
        serving.add(link);
        if (holder == null) {
            holdBy(link);
        }
    }

    /** It will be ended, and takes no more connections. */
    synchronized void retire(Link link) {
        serving.remove(link);
        if (holder == link && !serving.isEmpty()) {
            holdBy(serving.get(0));
        }
    }

    private synchronized void lost(Link link) {
        alive.remove(link);
        serving.remove(link);
        if (holder == link) {
            holder = null;
            if (!serving.isEmpty()) {
                holdBy(serving.get(0));
            }
        }
    }

    private void holdBy(Link link) {
        holder = link;
        listeners.forEach(listener -> listener.moveTo(link, gatewayOf(link)));
    }

    /** The name of one that has ended meanwhile is of no use. */
    private @Nullable Gateway gatewayOf(Link link) {
        return alive.get(link);
    }

    /** No more connections are taken. Loop only. */
    synchronized void close(String why) {
        listeners.forEach(listener -> listener.close(why));
        listeners.clear();
    }
}
