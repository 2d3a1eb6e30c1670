package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Parking;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkFactory;
import dev.managedtunnel.internal.status.Recorder;
import dev.managedtunnel.internal.time.Scheduler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tunnel's local side: its listeners, and every connection that they accept, on one loop. It listens from {@link #bind}
 * to {@link #close}, whether or not there is a session.
 *
 * <p>Thread-safe; no method blocks but {@link #bind}, which may look up a name, and {@link #close}, which waits briefly
 * for its thread. What is told takes effect in the order in which it is told.
 */
public final class Forwarder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
    /** The loop never blocks, so this only matters on a machine that hardly runs at all. */
    private static final Duration THREAD_END = Duration.ofSeconds(3);

    private final String tunnel;
    private final List<BoundListener> bound;
    private final EventLoop loop;
    private final LingeringSockets lingering;
    private final Switchboard switchboard;
    private final RemoteForwards remotes;
    private final ProbeConnections probes;
    private final List<LocalListener> listeners = new ArrayList<>();
    private final List<SocksEntrance> entrances = new ArrayList<>();
    private final List<InProcessEntry> entries = new ArrayList<>();
    private final List<ForwardStats> stats = new ArrayList<>();
    private final CompletableFuture<Throwable> died = new CompletableFuture<>();

    private Forwarder(
            String tunnel,
            List<Forward> forwards,
            List<BoundListener> bound,
            Parking parking,
            int maxWindow,
            Scheduler scheduler,
            Executor workers,
            Recorder recorder,
            Consumer<TunnelEvent.ConnectionFailed> events)
            throws IOException {
        this.tunnel = tunnel;
        this.bound = bound;
        loop = new EventLoop("tunnel-" + tunnel + "-loop", this::died);
        lingering = new LingeringSockets(loop, scheduler);
        Outcomes outcomes = new Outcomes(tunnel, scheduler, events);
        LoopContext context = new LoopContext(tunnel, loop, scheduler, recorder, outcomes, lingering, 2L * maxWindow);
        switchboard = new Switchboard(context, parking);
        remotes = new RemoteForwards(context, switchboard, workers);
        probes = new ProbeConnections(context, switchboard);
        try {
            for (Forward forward : forwards) {
                if (forward instanceof Forward.Local local) {
                    add(local, local.target(), context);
                } else if (forward instanceof Forward.Dynamic) {
                    add(forward, null, context);
                } else if (forward instanceof Forward.Remote remote) {
                    ForwardStats its = new ForwardStats(remote, null);
                    stats.add(its);
                    remotes.add(remote, its);
                }
            }
        } catch (IOException failed) {
            loop.discard();
            throw failed;
        }
    }

    /** @param target null when each client names its own */
    private void add(Forward forward, @Nullable Endpoint target, LoopContext context) throws IOException {
        BoundListener listener = find(forward.name());
        ForwardStats its = new ForwardStats(forward, listener == null ? null : listener.listening());
        stats.add(its);
        entries.add(new InProcessEntry(forward, target, its, context, switchboard));
        if (listener != null) {
            LocalListener.Reception reception = target == null ? socks(its, context) : plain(its, target);
            listeners.add(new LocalListener(listener, listener.server()::accept, reception, context));
        }
    }

    private LocalListener.Reception plain(ForwardStats its, Endpoint target) {
        Route route = new Route.ToTarget(target);
        return client -> switchboard.accepted(client, its, route);
    }

    private LocalListener.Reception socks(ForwardStats its, LoopContext context) {
        SocksEntrance entrance = new SocksEntrance(its, switchboard, context);
        entrances.add(entrance);
        return entrance;
    }

    /**
     * Binds the listeners of all forwards, or of none, and starts to accept.
     *
     * @param maxWindow the most that a link lets a target send unasked, in bytes
     * @param workers look names up
     * @param recorder is told on the loop
     * @param events is told on the loop of each connection that was not served; must not block
     * @throws TunnelException LISTEN_FAILED when a listener can't be bound
     */
    public static Forwarder bind(
            String tunnel,
            List<Forward> forwards,
            Parking parking,
            int maxWindow,
            Scheduler scheduler,
            Executor workers,
            Recorder recorder,
            Consumer<TunnelEvent.ConnectionFailed> events) {
        List<BoundListener> bound = BoundListener.bindAll(forwards);
        try {
            Forwarder forwarder =
                    new Forwarder(tunnel, forwards, bound, parking, maxWindow, scheduler, workers, recorder, events);
            forwarder.loop.start();
            bound.forEach(listener -> LOG.info("{}: {} is bound", tunnel, listener));
            return forwarder;
        } catch (IOException failed) {
            bound.forEach(BoundListener::close);
            throw new TunnelException(
                    FailureReason.LISTEN_FAILED, "tunnel '" + tunnel + "' has no selector: " + failed, failed);
        }
    }

    /** Session starts that succeed when the gateway listens for the remote forwards too. */
    public LinkFactory onTopOf(LinkFactory links) {
        return remotes.onTopOf(links);
    }

    /** How probes connect. */
    public ProbeConnections probes() {
        return probes;
    }

    /** A session is up: what is parked is served, in order of arrival, and what comes goes to the session with the fewest. */
    public void linkUp(Link link) {
        loop.execute(() -> switchboard.linkUp(link));
        remotes.linkUp(link);
    }

    /** That session is lost: what it had not opened yet goes to another, or is parked. */
    public void linkDown(Link link) {
        loop.execute(() -> switchboard.linkDown(link));
    }

    /**
     * That session is about to be ended: it keeps the connections that it has, and gets no more.
     *
     * @return completes on the loop when it has none left
     */
    public CompletionStage<@Nullable Void> retire(Link link) {
        remotes.retire(link);
        CompletableFuture<@Nullable Void> empty = new CompletableFuture<>();
        if (!loop.execute(() -> switchboard.retire(link, empty))) {
            empty.complete(null);
        }
        return empty;
    }

    /** There will be no further session: what is parked and what comes is accepted and ended with a RST. */
    public void ended(TunnelException reason) {
        loop.execute(() -> switchboard.refuseAll("no session will come: " + reason.getMessage()));
    }

    /** What each forward has done so far, in the order of the specification. */
    public List<TunnelStatus.Forwarded> statuses() {
        return stats.stream().map(ForwardStats::snapshot).toList();
    }

    /** Where connections of this process come in, one for each forward, in the order of the specification. */
    public List<InProcessEntry> entries() {
        return List.copyOf(entries);
    }

    /**
     * Where a TCP forward listens; a remote one by the gateway's name for it, unresolved.
     *
     * @throws IllegalArgumentException when there is no TCP forward of that name
     * @throws IllegalStateException when it is a remote one and no session has its listener
     */
    public InetSocketAddress address(String forwardName) {
        for (ForwardStats its : stats) {
            if (its.forward() instanceof Forward.Remote && its.forward().name().equals(forwardName)) {
                if (its.listening() instanceof Endpoint.Tcp tcp) {
                    return InetSocketAddress.createUnresolved(tcp.host(), tcp.port());
                }
                throw new IllegalStateException("forward '" + forwardName + "' of tunnel " + tunnel
                        + " listens at the gateway, and no session is up; wait for it with awaitUp");
            }
        }
        BoundListener listener = find(forwardName);
        return Optional.ofNullable(listener)
                .flatMap(BoundListener::tcpAddress)
                .orElseThrow(() -> noSuch("TCP listener", listener, forwardName));
    }

    /**
     * The socket path where a Unix socket forward listens.
     *
     * @throws IllegalArgumentException when there is no Unix socket forward of that name
     */
    public Path socketPath(String forwardName) {
        BoundListener listener = find(forwardName);
        if (listener != null && listener.listening() instanceof Endpoint.UnixSocket socket) {
            return socket.toPath();
        }
        throw noSuch("Unix socket listener", listener, forwardName);
    }

    /**
     * Where connections of this process to a forward's target come in.
     *
     * @throws IllegalArgumentException when there is no forward of that name
     */
    public InProcessEntry entry(String forwardName) {
        return entries.stream()
                .filter(entry -> entry.forward().name().equals(forwardName))
                .findFirst()
                .orElseThrow(() -> noForward(forwardName));
    }

    private @Nullable BoundListener find(String forwardName) {
        return bound.stream()
                .filter(listener -> listener.forward().name().equals(forwardName))
                .findFirst()
                .orElse(null);
    }

    private IllegalArgumentException noSuch(String kind, @Nullable BoundListener listener, String forwardName) {
        if (stats.stream().noneMatch(its -> its.forward().name().equals(forwardName))) {
            return noForward(forwardName);
        }
        return new IllegalArgumentException("forward '" + forwardName + "' of tunnel " + tunnel + " has no " + kind
                + (listener == null
                        ? ": it is for in-process use only; use socketFactory(\"" + forwardName + "\")"
                        : " but " + listener.listening()));
    }

    private IllegalArgumentException noForward(String forwardName) {
        return new IllegalArgumentException("forward: '" + forwardName + "' is none of tunnel " + tunnel + "; it has "
                + stats.stream().map(its -> its.forward().name()).toList());
    }

    /**
     * Closes the listeners and refuses what is parked; what is established may end by itself.
     *
     * @return completes on the loop when no connection is left, or with {@link #close}
     */
    public CompletableFuture<Void> drain() {
        loop.execute(() -> {
            stopListening("the tunnel is being closed");
            switchboard.drain();
        });
        return switchboard.drained();
    }

    /** Completes if an Error ever ends the loop, and so this forwarder: with it, on the loop, when all is closed. */
    public CompletionStage<Throwable> died() {
        return died.minimalCompletionStage();
    }

    /**
     * Closes listeners and connections, those established with a RST, and ends the thread. Bounded and idempotent. On
     * the loop itself, from a callback, it does not wait.
     */
    @Override
    public void close() {
        loop.execute(() -> {
            closeAll();
            loop.stop();
        });
        loop.awaitEnd(THREAD_END);
    }

    private void stopListening(String why) {
        listeners.forEach(LocalListener::close);
        entrances.forEach(entrance -> entrance.close(why));
        remotes.close(why);
    }

    private void closeAll() {
        stopListening("the tunnel was closed");
        switchboard.closeAll();
        lingering.closeAll();
    }

    private void died(Throwable why) {
        LOG.error("{}: the forwarder has ended, nothing is forwarded any more", tunnel, why);
        closeAll();
        died.complete(why);
    }
}
