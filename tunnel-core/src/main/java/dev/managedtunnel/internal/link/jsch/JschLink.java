package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.Session;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.Offer;
import dev.managedtunnel.internal.link.SharedLoop;
import dev.managedtunnel.internal.link.StartPhase;
import dev.managedtunnel.internal.link.Watchdog;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session on JSch. It ends when its reader thread does, and that ends when the wire is closed, by whomever: so there
 * is one way down for all causes, on the reader thread, in one order. Thread-safe.
 */
final class JschLink implements Link {
    private static final Logger LOG = LoggerFactory.getLogger(JschLink.class);

    /**
     * How often the way there and back is measured when the session begins, before its windows need to know it: a gateway
     * that has just logged a user in answers late at first, as does code that runs for the first time.
     */
    private static final int MEASUREMENTS = 4;

    private final TunnelSpec spec;
    private final Hop hop;
    private final Scheduler scheduler;
    private final Duration channelDeadline;
    private final ChannelWindow.Budget windows;
    private final Session session;
    private final Wire wire;
    private final Pulse pulse;
    private final Phases phases;
    private final Failures failures;
    private final Sender sender;
    /** Null where JSch can't be reached into. */
    private final @Nullable GatewayListeners listeners;

    private final Batch batch = new Batch();
    private final Watchdog watchdog;

    private final Set<JschChannel> channels = ConcurrentHashMap.newKeySet();
    private final Queue<Consumer<@Nullable TunnelException>> settling = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable TunnelException> why = new AtomicReference<>();
    private final CompletableFuture<TunnelException> lost = new CompletableFuture<>();
    private volatile boolean down;
    private volatile long upNanos;

    JschLink(JschSettings settings, Hop hop, Session session) {
        this.hop = hop;
        spec = settings.spec();
        scheduler = settings.scheduler();
        // A jump host opens one channel, to the next hop, and that has the time which the start has.
        channelDeadline = hop.isJumpHost() ? spec.connectTimeout() : settings.channelDeadline();
        windows = settings.windows();
        this.session = session;
        wire = hop.wire();
        pulse = hop.pulse();
        phases = hop.phases();
        failures = hop.failures();
        JschInternals internals = settings.internals();
        if (internals == null) {
            sender = new BlockingSender(settings, session, wire, pulse);
            listeners = null;
        } else {
            PacketSender packets = new PacketSender(internals, session, wire);
            sender = packets;
            listeners = new GatewayListeners(this, internals, packets);
        }
        wire.onTurn(this::turn);
        upNanos = scheduler.nanoTime();
        watchdog = new Watchdog(
                spec.keepAlive(),
                scheduler,
                () -> ThreadLocalRandom.current().nextDouble(),
                pulse::lastSignNanos,
                () -> ask(pulse::answered),
                this::dead);
    }

    private void turn() {
        batch.deliver();
        sender.turn();
        if (!settling.isEmpty()) {
            settle(null);
        }
    }

    /** JSch has connected the session. */
    void up() {
        upNanos = scheduler.nanoTime();
        watchdog.start();
        measure(sender.holdsBack() ? MEASUREMENTS : 1);
        if (down) {
            watchdog.stop();
        }
    }

    private Duration age() {
        return Duration.ofNanos(scheduler.nanoTime() - upNanos);
    }

    /** Asks the gateway for an answer so often, the next time when it has given one. */
    private void measure(int times) {
        ask(nanos -> {
            pulse.measured(nanos);
            if (times > 1) {
                measure(times - 1);
            }
        });
    }

    private void ask(LongConsumer answered) {
        long asked = scheduler.nanoTime();
        sender.ping(() -> answered.accept(scheduler.nanoTime() - asked));
    }

    private void dead(String silence) {
        why.compareAndSet(null, failures.dead(silence, age(), hop.silentOnTheWay()));
        wire.abort();
    }

    @Override
    public void share(SharedLoop loop) {
        // JSch's own methods may wait, and a loop must not.
        if (sender.holdsBack()) {
            wire.share(loop);
        }
    }

    @Override
    public void check(Duration deadline) {
        watchdog.check(deadline);
    }

    @Override
    public void cut(TunnelException reason) {
        why.compareAndSet(null, reason);
        wire.cut();
    }

    /** The only way down. On the reader thread, its last act. */
    void readerEnded(@Nullable Throwable uncaught) {
        wire.leave();
        wire.cut();
        // JSch has done this itself, unless an Error ended it. Nothing blocks on a closed socket.
        try {
            session.disconnect();
        } catch (RuntimeException e) {
            LOG.debug("{}: JSch failed to disconnect", spec.name(), e);
        }
        if (uncaught != null) {
            LOG.error("{}: the session's reader failed", spec.name(), uncaught);
        }
        why.compareAndSet(null, failures.lost(uncaught, age()));
        down = true;
        settle(why.get());
        watchdog.stop();
        sender.end();
        channels.forEach(JschChannel::end);
        LOG.debug("{}: session ended: {}", spec.name(), pulse);
        TunnelException reason = Objects.requireNonNull(why.get());
        Hop outer = hop.outer();
        if (outer == null) {
            lost.complete(reason);
        } else {
            // Its end is under way, as its wire is cut with this one.
            outer.link().lost().thenAccept(other -> lost.complete(reason));
        }
    }

    /**
     * Tells whether the session is ending, and why; null when it goes on. For a channel that was closed: JSch closes all
     * when it ends, and only then can it be known what of. If the reader reads on, it was that channel's end alone.
     */
    void whenSettled(Consumer<@Nullable TunnelException> asks) {
        settling.add(asks);
        wire.wakeReader();
        if (down) {
            settle(why.get());
        }
    }

    private void settle(@Nullable TunnelException ending) {
        Consumer<@Nullable TunnelException> next = settling.poll();
        while (next != null) {
            next.accept(ending);
            next = settling.poll();
        }
    }

    @Override
    public CompletableFuture<LinkChannel> open(Endpoint target, ChannelSink sink) {
        return ChannelOpening.begin(this, target, sink);
    }

    @Override
    public CompletableFuture<Integer> listen(String address, int port, Consumer<Offer> offers) {
        return listeners == null ? GatewayListeners.unable() : listeners.listen(address, port, offers);
    }

    @Override
    public CompletableFuture<?> unlisten(String address, int port) {
        return listeners == null ? CompletableFuture.completedFuture("none") : listeners.unlisten(address, port);
    }

    /** JSch wants a thread for a channel that the server has asked for. On the reader thread. */
    void offered() {
        if (listeners != null) {
            listeners.offered();
        }
    }

    /** Wraps a channel that is about to be asked for. */
    JschChannel channel(Channel raw, ChannelSink sink) {
        ChannelWindow window = new ChannelWindow(windows, scheduler::nanoTime, pulse::leastRoundTripNanos);
        JschChannel channel = new JschChannel(raw, sender, batch, window, sink, channels::remove);
        channels.add(channel);
        return channel;
    }

    /** The gateway has answered what was asked then. */
    void roundTrip(long askedNanos) {
        pulse.roundTrip(scheduler.nanoTime() - askedNanos);
    }

    void forget(JschChannel channel) {
        channels.remove(channel);
    }

    @Override
    public CompletionStage<TunnelException> lost() {
        return lost;
    }

    @Override
    public @Nullable Duration roundTrip() {
        return pulse.roundTrip();
    }

    @Override
    public Map<StartPhase, Duration> startPhases() {
        return phases.durations();
    }

    boolean isDown() {
        return down || !session.isConnected();
    }

    Session session() {
        return session;
    }

    Sender sender() {
        return sender;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    Duration channelDeadline() {
        return channelDeadline;
    }

    /** What is at its other end, for people. */
    String peer() {
        return (hop.isJumpHost() ? "" : "gateway ") + hop.name();
    }
}
