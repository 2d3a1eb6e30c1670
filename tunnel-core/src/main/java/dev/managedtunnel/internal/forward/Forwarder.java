package dev.managedtunnel.internal.forward;

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
import java.util.List;
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
    private final EventLoop loop;
    private final LingeringSockets lingering;
    private final Switchboard switchboard;
    private final RemoteForwards remotes;
    private final ForwardTable forwards;
    private final ProbeConnections probes;
    private final CompletableFuture<Throwable> died = new CompletableFuture<>();

    private Forwarder(
            String tunnel,
            Parking parking,
            int maxWindow,
            Scheduler scheduler,
            Executor workers,
            Recorder recorder,
            Consumer<TunnelEvent> events)
            throws IOException {
        this.tunnel = tunnel;
        loop = new EventLoop("tunnel-" + tunnel + "-loop", this::died);
        lingering = new LingeringSockets(loop, scheduler);
        Outcomes outcomes = new Outcomes(tunnel, scheduler, events);
        LoopContext context = new LoopContext(tunnel, loop, scheduler, recorder, outcomes, lingering, 2L * maxWindow);
        switchboard = new Switchboard(context, parking);
        remotes = new RemoteForwards(context, switchboard, workers);
        forwards = new ForwardTable(context, switchboard, remotes, events);
        probes = new ProbeConnections(context, switchboard);
    }

    /**
     * Binds the listeners of all forwards, or of none, and starts to accept.
     *
     * @param maxWindow the most that a link lets a target send unasked, in bytes
     * @param workers look names up
     * @param recorder is told on the loop
     * @param events is told on the loop of each connection that was not served, and of forwards that are added and removed;
     *     must not block
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
            Consumer<TunnelEvent> events) {
        try {
            Forwarder forwarder = new Forwarder(tunnel, parking, maxWindow, scheduler, workers, recorder, events);
            forwarder.start(forwards);
            return forwarder;
        } catch (IOException failed) {
            throw new TunnelException(
                    FailureReason.LISTEN_FAILED, "tunnel '" + tunnel + "' has no selector: " + failed, failed);
        }
    }

    private void start(List<Forward> specified) throws IOException {
        try {
            forwards.start(specified);
        } catch (IOException | RuntimeException failed) {
            loop.discard();
            throw failed;
        }
        loop.start();
    }

    /**
     * Binds one more, and starts to accept; or leaves everything as it was. Waits for the loop, and for a remote one, when a
     * session is up, for its gateway's answer.
     *
     * @throws IllegalArgumentException when its name, or the place where it is to listen, is another's
     * @throws TunnelException LISTEN_FAILED or REMOTE_LISTEN_REFUSED when it can't listen; CLOSED when the tunnel is
     */
    public void add(Forward forward) {
        forwards.add(forward);
    }

    /**
     * Stops to listen for one and refuses what is parked of it; what is established may end by itself, for so long, and is
     * ended with a RST then. When it is told so twice, the shorter time counts.
     *
     * @return completes when nothing is left of it, at the latest with {@link #close}
     * @throws IllegalArgumentException when there is no forward of that name
     */
    public CompletableFuture<Void> remove(String forwardName, Duration drain) {
        return forwards.remove(forwardName, drain);
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
        link.share(loop);
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

    /** What each forward has done so far, in the order of the specification, those added behind. */
    public List<TunnelStatus.Forwarded> statuses() {
        return forwards.all().stream().map(unit -> unit.stats().snapshot()).toList();
    }

    /** Where connections of this process come in, one for each forward but remote ones, in the same order. */
    public List<InProcessEntry> entries() {
        return forwards.all().stream()
                .filter(unit -> !unit.isLeaving())
                .flatMap(unit -> unit.entry().stream())
                .toList();
    }

    /**
     * Where the only forward listens that does so here on TCP.
     *
     * @throws IllegalStateException when there is none, or several
     */
    public InetSocketAddress address() {
        return forwards.onlyTcp().address();
    }

    /**
     * Where a TCP forward listens; a remote one by the gateway's name for it, unresolved.
     *
     * @throws IllegalArgumentException when there is no TCP forward of that name
     * @throws IllegalStateException when it is a remote one and no session has its listener
     */
    public InetSocketAddress address(String forwardName) {
        return forwards.get(forwardName).address();
    }

    /**
     * The socket path where a Unix socket forward listens.
     *
     * @throws IllegalArgumentException when there is no Unix socket forward of that name
     */
    public Path socketPath(String forwardName) {
        return forwards.get(forwardName).socketPath();
    }

    /**
     * Where connections of this process that go by a forward come in.
     *
     * @throws IllegalArgumentException when there is no forward of that name, or it is a remote one
     */
    public InProcessEntry entry(String forwardName) {
        return forwards.get(forwardName)
                .entry()
                .orElseThrow(() -> new IllegalArgumentException("forward '" + forwardName + "' of tunnel " + tunnel
                        + " is a remote one: connections go by it from the gateway to here"));
    }

    /**
     * Closes the listeners and refuses what is parked; what is established may end by itself.
     *
     * @return completes on the loop when no connection is left, or with {@link #close}
     */
    public CompletableFuture<Void> drain() {
        loop.execute(() -> {
            forwards.close("the tunnel is being closed");
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

    private void closeAll() {
        forwards.close("the tunnel was closed");
        switchboard.closeAll();
        lingering.closeAll();
    }

    private void died(Throwable why) {
        LOG.error("{}: the forwarder has ended, nothing is forwarded any more", tunnel, why);
        closeAll();
        died.complete(why);
    }
}
