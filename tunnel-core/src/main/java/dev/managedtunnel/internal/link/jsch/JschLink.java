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
import java.util.concurrent.Executor;
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
    private final Scheduler scheduler;
    private final Executor workers;
    private final Duration channelDeadline;
    private final ChannelWindow window;
    private final Session session;
    private final Wire wire;
    private final Pulse pulse;
    private final Phases phases;
    private final Failures failures;
    private final ControlLane lane;
    private final Watchdog watchdog;

    private final Set<JschChannel> channels = ConcurrentHashMap.newKeySet();
    private final Set<Channel> openings = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable TunnelException> why = new AtomicReference<>();
    private final CompletableFuture<TunnelException> lost = new CompletableFuture<>();
    private volatile boolean down;
    private volatile long upNanos;

    JschLink(JschSettings settings, Session session, Wire wire, Pulse pulse, Phases phases, Failures failures) {
        this.spec = settings.spec();
        this.scheduler = settings.scheduler();
        this.workers = settings.workers();
        this.channelDeadline = settings.channelDeadline();
        this.window = settings.window();
        this.session = session;
        this.wire = wire;
        this.pulse = pulse;
        this.phases = phases;
        this.failures = failures;
        lane = new ControlLane(spec.name());
        upNanos = scheduler.nanoTime();
        watchdog = new Watchdog(
                spec.keepAlive(),
                scheduler,
                () -> ThreadLocalRandom.current().nextDouble(),
                pulse::lastReceivedNanos,
                () -> lane.execute(this::ping),
                this::dead);
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

    /** May block behind a writer; the watchdog does not care. */
    private void ping() {
        pulse.pinged();
        try {
            session.sendKeepAliveMsg();
        } catch (Exception e) {
            LOG.debug("{}: no keep-alive sent, the session ends: {}", spec.name(), e.toString());
        }
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
        lane.close();
        channels.forEach(JschChannel::end);
        openings.forEach(JschLink::wake);
        LOG.debug("{}: session ended: {}", spec.name(), pulse);
        lost.complete(Objects.requireNonNull(why.get()));
    }

    /** JSch leaves those who wait for a channel's confirmation asleep. */
    private static void wake(Channel channel) {
        synchronized (channel) {
            channel.notifyAll();
        }
    }

    @Override
    public CompletableFuture<LinkChannel> open(Endpoint target, ChannelSink sink) {
        ChannelOpening opening = new ChannelOpening(this, target, sink);
        workers.execute(opening::run);
        return opening.result();
    }

    /** A channel's request is about to be sent. */
    void opening(Channel raw, JschChannel channel) {
        channels.add(channel);
        openings.add(raw);
        if (down) {
            channel.end();
        }
    }

    void opened(Channel raw) {
        openings.remove(raw);
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

    ChannelWindow window() {
        return window;
    }

    ControlLane lane() {
        return lane;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    Executor workers() {
        return workers;
    }

    Duration channelDeadline() {
        return channelDeadline;
    }

    Gateway gateway() {
        return spec.gateways().get(0);
    }
}
