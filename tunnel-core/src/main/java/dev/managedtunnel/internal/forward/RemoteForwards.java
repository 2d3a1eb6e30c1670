package dev.managedtunnel.internal.forward;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkFactory;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel's remote forwards. One session at a time holds them, and its gateway listens: the first has it listen before it
 * counts as up; when it is lost or replaced, another one that is up takes over. Thread-safe.
 */
final class RemoteForwards {
    /** For the gateway's answer about a forward that is added while a session is up. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

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

    /**
     * Adds one; the session that holds the others has its gateway listen for it too.
     *
     * @return completes when that does, at once without such a session; exceptionally, with a {@link TunnelException}, when
     *     it does not. Then the forward is to be removed.
     */
    CompletionStage<?> add(Forward.Remote forward, ForwardStats stats) {
        RemoteListener added = new RemoteListener(forward, stats, context, switchboard, workers);
        CompletableFuture<?> listening;
        synchronized (this) {
            listeners.add(added);
            if (holder == null) {
                return CompletableFuture.completedStage("with the next session");
            }
            listening = added.listen(holder, gatewayOf(holder), "").exceptionally(RemoteForwards::unlessLost);
        }
        Scheduler.Timer timer =
                context.scheduler().schedule(LONGEST, () -> listening.completeExceptionally(added.unanswered(LONGEST)));
        return listening.whenComplete((done, failure) -> timer.cancel());
    }

    /** A session that ends meanwhile is not missed: the next one has the listener, or does not start. */
    private static String unlessLost(Throwable failure) {
        if (failure.getCause() instanceof TunnelException why && why.reason() == FailureReason.CONNECTION_LOST) {
            return "with the next session";
        }
        throw failure instanceof CompletionException known ? known : new CompletionException(failure);
    }

    /** No more connections of this forward are taken. Loop only. */
    void remove(ForwardStats stats, String why) {
        List<RemoteListener> removed;
        synchronized (this) {
            removed = listeners.stream().filter(one -> one.stats() == stats).toList();
            listeners.removeAll(removed);
        }
        removed.forEach(listener -> listener.close(why));
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
                    .map(listener -> listener.listen(link, gateway, " (attempt " + number + ")"))
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
}
