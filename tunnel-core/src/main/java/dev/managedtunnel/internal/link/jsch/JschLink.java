package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.Session;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.StartPhase;
import dev.managedtunnel.internal.link.Watchdog;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session on JSch. It ends when its reader thread does, and that ends when the wire is closed, by whomever: so there
 * is one way down for all causes, on the reader thread, in one order. Thread-safe.
 */
final class JschLink implements Link {
    private static final Logger LOG = LoggerFactory.getLogger(JschLink.class);

    private final TunnelSpec spec;
    private final Gateway gateway;
    private final Scheduler scheduler;
    private final Duration channelDeadline;
    private final ChannelWindow.Budget windows;
    private final Session session;
    private final Wire wire;
    private final Pulse pulse;
    private final Phases phases;
    private final Failures failures;
    private final Sender sender;
    private final Batch batch = new Batch();
    private final Watchdog watchdog;

    private final Set<JschChannel> channels = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable TunnelException> why = new AtomicReference<>();
    private final CompletableFuture<TunnelException> lost = new CompletableFuture<>();
    private volatile boolean down;
    private volatile long upNanos;

    JschLink(
            JschSettings settings,
            Gateway gateway,
            Session session,
            Wire wire,
            Pulse pulse,
            Phases phases,
            Failures failures) {
        this.spec = settings.spec();
        this.gateway = gateway;
        this.scheduler = settings.scheduler();
        this.channelDeadline = settings.channelDeadline();
        this.windows = settings.windows();
        this.session = session;
        this.wire = wire;
        this.pulse = pulse;
        this.phases = phases;
        this.failures = failures;
        sender = sender(settings);
        wire.onTurn(this::turn);
        upNanos = scheduler.nanoTime();
        watchdog = new Watchdog(
                spec.keepAlive(),
                scheduler,
                () -> ThreadLocalRandom.current().nextDouble(),
                pulse::lastSignNanos,
                this::ping,
                this::dead);
    }

    private Sender sender(JschSettings settings) {
        JschInternals internals = settings.internals();
        if (internals == null) {
            return new BlockingSender(settings, session, wire);
        }
        return new PacketSender(internals, session, wire);
    }

    private void turn() {
        batch.deliver();
        sender.turn();
    }

    /** JSch has connected the session. */
    void up() {
        upNanos = scheduler.nanoTime();
        watchdog.start();
        if (down) {
            watchdog.stop();
        }
    }

    private Duration age() {
        return Duration.ofNanos(scheduler.nanoTime() - upNanos);
    }

    private void ping() {
        pulse.pinged();
        sender.ping();
    }

    private void dead() {
        why.compareAndSet(null, failures.dead(spec.keepAlive(), age()));
        wire.abort();
    }

    @Override
    public void cut(TunnelException reason) {
        why.compareAndSet(null, reason);
        wire.cut();
    }

    /** The only way down. On the reader thread, its last act. */
    void readerEnded(@Nullable Throwable uncaught) {
        wire.cut();
        down = true;
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
        watchdog.stop();
        sender.end();
        channels.forEach(JschChannel::end);
        LOG.debug("{}: session ended: {}", spec.name(), pulse);
        lost.complete(Objects.requireNonNull(why.get()));
    }

    @Override
    public CompletableFuture<LinkChannel> open(Endpoint target, ChannelSink sink) {
        return ChannelOpening.begin(this, target, sink);
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

    Gateway gateway() {
        return gateway;
    }
}
