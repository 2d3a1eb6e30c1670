package dev.managedtunnel.internal.forward;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.Causes;
import dev.managedtunnel.internal.time.Scheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The forwards that a tunnel has, and how they come and go while it runs. Read on any thread; changed by the loop alone, so
 * that what is added, removed and closed at once happens in some order.
 */
final class ForwardTable {
    private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);

    private final LoopContext context;
    private final Switchboard switchboard;
    private final RemoteForwards remotes;
    private final Consumer<TunnelEvent> events;

    /** In the order of the specification, then in that of their adding. Replaced as a whole. */
    private volatile List<ForwardUnit> units = List.of();
    /** Loop only. */
    private boolean closed;

    ForwardTable(LoopContext context, Switchboard switchboard, RemoteForwards remotes, Consumer<TunnelEvent> events) {
        this.context = context;
        this.switchboard = switchboard;
        this.remotes = remotes;
        this.events = events;
    }

    /** Binds all of them, or none. Before the loop runs. */
    void start(List<Forward> forwards) throws IOException {
        List<ForwardUnit> bound = new ArrayList<>();
        try {
            for (Forward forward : forwards) {
                bound.add(bind(forward));
            }
            for (ForwardUnit unit : bound) {
                var unused = unit.open();
            }
        } catch (IOException | RuntimeException failed) {
            bound.forEach(unit -> unit.close("the tunnel does not start"));
            throw failed;
        }
        units = List.copyOf(bound);
        units.forEach(this::logBound);
    }

    private ForwardUnit bind(Forward forward) {
        return new ForwardUnit(forward, context, switchboard, remotes);
    }

    private void logBound(ForwardUnit unit) {
        unit.bound().ifPresent(listener -> LOG.info("{}: {} is bound", context.tunnel(), listener));
    }

    /** All of them, those included that are leaving. */
    List<ForwardUnit> all() {
        return units;
    }

    /** @throws IllegalArgumentException when there is none of that name */
    ForwardUnit get(String name) {
        List<ForwardUnit> now = units;
        return now.stream()
                .filter(unit -> unit.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "forward: '" + name + "' is none of tunnel " + context.tunnel() + "; it has " + names(now)));
    }

    /** See {@link Forwarder#address()}. */
    ForwardUnit onlyTcp() {
        List<ForwardUnit> now = units;
        List<ForwardUnit> here = now.stream().filter(ForwardUnit::isOnTcpHere).toList();
        if (here.size() == 1) {
            return here.get(0);
        }
        List<ForwardUnit> hidden =
                now.stream().filter(unit -> unit.forward().listen().isEmpty()).toList();
        throw new IllegalStateException("tunnel " + context.tunnel() + " has " + here.size() + " local TCP listeners; "
                + (here.isEmpty() && !hidden.isEmpty()
                        ? "name one of " + names(hidden) + ", for in-process use only, in socketFactory(forwardName)"
                        : "name one of " + names(here) + " in address(forwardName)"));
    }

    private static List<String> names(List<ForwardUnit> some) {
        return some.stream().map(ForwardUnit::name).toList();
    }

    /** See {@link Forwarder#add}. */
    void add(Forward forward) {
        requireFree(forward);
        ForwardUnit unit = bind(forward);
        CompletableFuture<Void> added = new CompletableFuture<>();
        if (!context.loop().execute(() -> attach(unit, added))) {
            unit.close("the tunnel is closed");
            throw closed();
        }
        try {
            added.join();
        } catch (CompletionException failed) {
            throw again(failed.getCause());
        }
        logBound(unit);
    }

    private void requireFree(Forward forward) {
        for (ForwardUnit other : units) {
            if (other.name().equals(forward.name())) {
                throw new IllegalArgumentException("forward name: '" + forward.name() + "' is taken in tunnel "
                        + context.tunnel()
                        + (other.isLeaving()
                                ? " until the last connection of the removed forward has ended"
                                : "; tell them apart with named(...)"));
            }
            if (other.isIn(forward)) {
                throw new IllegalArgumentException("forward listener: '"
                        + forward.listen().orElseThrow() + "' is that of forward '" + other.name() + "' of tunnel "
                        + context.tunnel() + "; choose another");
            }
        }
    }

    private void attach(ForwardUnit unit, CompletableFuture<Void> added) {
        try {
            if (closed) {
                throw closed();
            }
            requireFree(unit.forward());
            CompletionStage<?> open = unit.open();
            units = Stream.concat(units.stream(), Stream.of(unit)).toList();
            open.whenComplete((none, failure) -> {
                if (!context.loop().execute(() -> attached(unit, added, failure))) {
                    added.completeExceptionally(closed());
                }
            });
        } catch (IOException | RuntimeException failed) {
            unit.close("it was not added");
            added.completeExceptionally(failed);
        }
    }

    private void attached(ForwardUnit unit, CompletableFuture<Void> added, @Nullable Throwable failure) {
        if (closed) {
            added.completeExceptionally(closed());
        } else if (failure != null) {
            forget(unit);
            var unused = leave(unit, "forward '" + unit.name() + "' was not added", Duration.ZERO);
            added.completeExceptionally(failure);
        } else {
            tell(new TunnelEvent.ForwardAdded(
                    context.tunnel(), context.scheduler().now(), unit.forward()));
            added.complete(null);
        }
    }

    private TunnelException closed() {
        return new TunnelException(FailureReason.CLOSED, "tunnel " + context.tunnel() + " is closed", null);
    }

    /** For the thread that waited for it. */
    private static RuntimeException again(@Nullable Throwable failure) {
        Throwable cause = Causes.of(failure);
        if (cause instanceof TunnelException known) {
            return new TunnelException(known);
        }
        return cause instanceof IllegalArgumentException
                ? new IllegalArgumentException(cause.getMessage(), cause)
                : new IllegalStateException(cause);
    }

    /** See {@link Forwarder#remove}. */
    CompletableFuture<Void> remove(String name, Duration drain) {
        ForwardUnit unit = get(name);
        CompletableFuture<Void> removed = new CompletableFuture<>();
        if (!context.loop().execute(() -> remove(unit, drain, removed))) {
            removed.complete(null);
        }
        return removed;
    }

    private void remove(ForwardUnit unit, Duration drain, CompletableFuture<Void> removed) {
        CompletableFuture<Void> gone = leave(unit, "forward '" + unit.name() + "' was removed", drain);
        var unused = gone.thenRun(() -> {
            if (forget(unit) && !closed) {
                LOG.info("{}: forward {} is removed", context.tunnel(), unit.name());
                tell(new TunnelEvent.ForwardRemoved(
                        context.tunnel(), context.scheduler().now(), unit.forward()));
            }
            removed.complete(null);
        });
    }

    private CompletableFuture<Void> leave(ForwardUnit unit, String why, Duration drain) {
        unit.close(why);
        unit.stats().refuse(why);
        CompletableFuture<Void> gone = switchboard.drain(unit.stats(), why);
        if (drain.isZero()) {
            switchboard.end(unit.stats(), why);
        } else if (!gone.isDone()) {
            Scheduler.Timer timer = context.scheduler()
                    .schedule(drain, () -> context.loop().execute(() -> switchboard.end(unit.stats(), why)));
            var unused = gone.thenRun(timer::cancel);
        }
        return gone;
    }

    /** False when that was done before. */
    private boolean forget(ForwardUnit unit) {
        List<ForwardUnit> before = units;
        units = before.stream().filter(other -> other != unit).toList();
        return units.size() < before.size();
    }

    private void tell(TunnelEvent event) {
        try {
            events.accept(event);
        } catch (RuntimeException bug) {
            LOG.error("{}: could not publish {}", context.tunnel(), event, bug);
        }
    }

    /** No forward listens any more, and none is added. Loop only. */
    void close(String why) {
        closed = true;
        units.forEach(unit -> unit.close(why));
    }
}
