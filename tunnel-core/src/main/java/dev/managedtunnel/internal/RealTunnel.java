package dev.managedtunnel.internal;

import dev.managedtunnel.FailoverStep;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelListener;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.forward.Forwarder;
import dev.managedtunnel.internal.forward.InProcessEntry;
import dev.managedtunnel.internal.jfr.Flight;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.jsch.JschLinkFactory;
import dev.managedtunnel.internal.probe.ProbeListener;
import dev.managedtunnel.internal.probe.ProbeMeans;
import dev.managedtunnel.internal.probe.Prober;
import dev.managedtunnel.internal.socket.InProcessSocketFactory;
import dev.managedtunnel.internal.status.EventDispatcher;
import dev.managedtunnel.internal.status.Recorder;
import dev.managedtunnel.internal.status.Reporter;
import dev.managedtunnel.internal.status.StatusBook;
import dev.managedtunnel.internal.supervise.Plan;
import dev.managedtunnel.internal.supervise.SerialExecutor;
import dev.managedtunnel.internal.supervise.Session;
import dev.managedtunnel.internal.supervise.StartTurns;
import dev.managedtunnel.internal.supervise.Supervisor;
import dev.managedtunnel.internal.supervise.SupervisorListener;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.SystemScheduler;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Puts supervisor and forwarder together and owns what they share: clock, workers, events. Thread-safe; {@link Teardown} takes
 * it apart.
 */
public final class RealTunnel implements ManagedTunnel {
    private static final int MOST_WORKERS = 64;
    private static final int MOST_WRITERS = 256;
    /** "For ever", as far as a clock of nanoseconds goes. */
    private static final Duration LONGEST_DRAIN = Duration.ofDays(10_000);

    private final TunnelSpec spec;
    private final SystemScheduler scheduler;
    /** For session starts and events. */
    private final Workers workers;
    /** For what blocks in JSch where it can't be reached into: targets that do not read may take all of them. */
    private final Workers writers;

    private final EventDispatcher events;
    private final StatusBook book;
    private final Reporter reporter;
    private final Forwarder forwarder;
    private final Supervisor supervisor;
    private final VisibleState visible;
    private final Prober prober;
    private final UpSignal up;
    private final Teardown teardown;

    private RealTunnel(TunnelSpec spec) {
        this.spec = spec;
        scheduler = SystemScheduler.acquire();
        workers = new Workers("tunnel-" + spec.name() + "-worker", MOST_WORKERS);
        writers = new Workers("tunnel-" + spec.name() + "-writer", MOST_WRITERS);
        up = new UpSignal(workers);
        events = new EventDispatcher(spec.name(), workers, spec.listeners());
        book = new StatusBook(spec.name(), spec.gateways(), scheduler);
        reporter = new Reporter(spec.name(), scheduler, book, events);
        Flight.recorder(spec.name()).ifPresent(reporter::addRecorder);
        try {
            forwarder = Forwarder.bind(
                    spec.name(),
                    spec.forwards(),
                    spec.parking(),
                    spec.maxWindow(),
                    scheduler,
                    workers,
                    reporter.recorder(),
                    events::publish);
        } catch (RuntimeException notBound) {
            writers.close(Teardown.TIMEOUT);
            workers.close(Teardown.TIMEOUT);
            scheduler.close();
            throw notBound;
        }
        SerialExecutor serial = new SerialExecutor();
        visible = new VisibleState(this::moved);
        prober = new Prober(
                spec.probes(),
                new ProbeMeans(
                        spec.name(),
                        new ProbeLine(forwarder.probes(), workers),
                        scheduler,
                        serial,
                        workers,
                        new SplittableRandom(),
                        new Probed()));
        supervisor = new Supervisor(
                new Plan(spec.gateways(), spec.redundancy(), spec.restart(), spec.failover(), spec.connectTimeout()),
                StartTurns::new,
                forwarder.onTopOf(new JschLinkFactory(spec, scheduler, workers, writers)),
                scheduler,
                serial,
                new SplittableRandom(),
                new Supervised());
        teardown = new Teardown(spec.name(), prober, forwarder, supervisor, writers, workers, scheduler);
    }

    /**
     * Refuses what only a session start would run into otherwise.
     *
     * @throws IllegalArgumentException as {@link TunnelSpec.Builder#build()} says
     */
    public static void check(TunnelSpec spec) {
        JschLinkFactory.check(spec);
    }

    /** See {@link TunnelSpec#start()}. */
    public static RealTunnel start(TunnelSpec spec) {
        RealTunnel tunnel = new RealTunnel(spec);
        OpenTunnels.add(tunnel);
        tunnel.forwarder.died().thenAcceptAsync(why -> tunnel.close(), tunnel.workers);
        tunnel.supervisor.start();
        return tunnel;
    }

    /** See {@link TunnelSpec#open(Duration)}. */
    public static RealTunnel open(TunnelSpec spec, Duration timeout) {
        RealTunnel tunnel = start(spec);
        try {
            if (!tunnel.awaitUp(timeout)) {
                throw tunnel.notUpWithin(timeout);
            }
            return tunnel;
        } catch (InterruptedException interrupted) {
            tunnel.close();
            Thread.currentThread().interrupt();
            throw new TunnelException(
                    FailureReason.CLOSED, "interrupted while opening tunnel " + spec.name(), interrupted);
        } catch (TunnelException failed) {
            tunnel.close();
            throw failed;
        }
    }

    private TunnelException notUpWithin(Duration timeout) {
        TunnelException last = book.lastFailure();
        String what = "tunnel " + name() + " was not up within " + Durations.text(timeout);
        String still = supervisor.isWaitingForTurn()
                ? " and waits for other tunnels of this JVM to connect to "
                : " and is still connecting to ";
        return last == null
                ? new TunnelException(FailureReason.CONNECT_TIMEOUT, what + still + book.gateway(), null)
                : new TunnelException(last.reason(), what + "; its last start: " + last.detail(), last);
    }

    @Override
    public String name() {
        return spec.name();
    }

    @Override
    public TunnelState state() {
        return book.state();
    }

    @Override
    public TunnelStatus status() {
        return book.status(supervisor.nextStart(), forwarder.statuses(), prober.statuses());
    }

    @Override
    public InetSocketAddress address() {
        return forwarder.address();
    }

    @Override
    public InetSocketAddress address(String forwardName) {
        return forwarder.address(forwardName);
    }

    @Override
    public Path socketPath(String forwardName) {
        return forwarder.socketPath(forwardName);
    }

    @Override
    public SocketFactory socketFactory(String forwardName) {
        var unused = forwarder.entry(forwardName);
        return new InProcessSocketFactory(asked -> entry(forwardName));
    }

    /** Looked up each time: the forward may have been removed, and even added anew. */
    private InProcessEntry entry(String forwardName) throws ConnectException {
        try {
            return forwarder.entry(forwardName);
        } catch (IllegalArgumentException removed) {
            throw new ConnectException(removed.getMessage());
        }
    }

    @Override
    public void addForward(Forward forward) {
        forwarder.add(Objects.requireNonNull(forward, "forward"));
    }

    @Override
    public void removeForward(String forwardName) {
        removeForward(forwardName, Duration.ZERO);
    }

    @Override
    public void removeForward(String forwardName, Duration drain) {
        try {
            forwarder.remove(forwardName, bounded(drain)).get();
        } catch (InterruptedException interrupted) {
            // It goes on by itself.
            Thread.currentThread().interrupt();
        } catch (ExecutionException never) {
            throw new IllegalStateException(never);
        }
    }

    /** Nanoseconds can count it. */
    private static Duration bounded(Duration drain) {
        if (drain.isNegative()) {
            return Duration.ZERO;
        }
        return drain.compareTo(LONGEST_DRAIN) > 0 ? LONGEST_DRAIN : drain;
    }

    List<InProcessEntry> entries() {
        return forwarder.entries();
    }

    @Override
    public boolean awaitUp(Duration timeout) throws InterruptedException {
        return up.await(timeout);
    }

    @Override
    public CompletionStage<@Nullable Void> whenUp() {
        return up.stage();
    }

    @Override
    public void reconnectNow() {
        supervisor.reconnectNow();
    }

    @Override
    public void restart() {
        supervisor.restart();
    }

    @Override
    public void networkChanged() {
        supervisor.networkChanged();
    }

    @Override
    public void addListener(TunnelListener listener) {
        events.add(listener);
    }

    /** Lets somebody keep the durations that the status does not hold, until the tunnel is closed. */
    public void addRecorder(Recorder recorder) {
        reporter.addRecorder(recorder);
    }

    /** Takes that back. */
    public void removeRecorder(Recorder recorder) {
        reporter.removeRecorder(recorder);
    }

    @Override
    public void close() {
        close(Duration.ZERO);
    }

    @Override
    public void close(Duration drain) {
        OpenTunnels.remove(this);
        teardown.run(bounded(drain));
    }

    @Override
    public String toString() {
        return spec + " " + state();
    }

    /** The state that everybody sees is another one. Inside the serial executor. */
    private void moved(TunnelState from, TunnelState to, @Nullable TunnelException cause) {
        reporter.moved(from, to, cause, supervisor.nextStart());
        if (to.isServing()) {
            up.up();
        } else if (to.isFinal()) {
            TunnelException why = cause != null
                    ? cause
                    : new TunnelException(FailureReason.CLOSED, "tunnel " + spec.name() + " is closed", null);
            forwarder.ended(why);
            up.ended(why);
        } else if (from.isServing()) {
            up.down();
        }
    }

    /** Passes on what the probes find out. Inside the serial executor, so nothing here blocks. */
    private final class Probed implements ProbeListener {
        @Override
        public void failed(String probe, TunnelException why) {
            reporter.probeFailed(probe, why);
            visible.probed(prober.failing());
        }

        @Override
        public void recovered(String probe, Duration failing) {
            reporter.probeRecovered(probe, failing);
            visible.probed(prober.failing());
        }

        @Override
        public void checked(Link link, String probe, @Nullable String why) {
            supervisor.probed(link, probe, why);
        }
    }

    /** Passes on what the supervisor does. Inside its serial executor, so nothing here blocks. */
    private final class Supervised implements SupervisorListener {
        @Override
        public void moved(TunnelState from, TunnelState to, @Nullable TunnelException cause) {
            visible.supervised(to, cause);
        }

        @Override
        public void starting(Gateway gateway, long number) {
            reporter.starting(gateway, number);
        }

        @Override
        public void started(Gateway gateway, long number, Duration took) {
            reporter.started(gateway, number, took);
        }

        @Override
        public void startFailed(Gateway gateway, long number, TunnelException cause) {
            reporter.startFailed(gateway, number, cause);
        }

        @Override
        public void linkUp(Session session, @Nullable Duration outage) {
            reporter.linkUp(session.gateway(), session.number(), session.link(), session.took(), outage);
            forwarder.linkUp(session.link());
            prober.up(session.link());
        }

        @Override
        public void linkLost(Session session, Duration age, TunnelException cause) {
            forwarder.linkDown(session.link());
            reporter.linkLost(session.gateway(), session.link(), age, cause);
        }

        @Override
        public CompletionStage<?> linkRetired(Session session, Session by, Duration age, String why) {
            prober.down(session.link());
            reporter.linkReplaced(session.gateway(), by.gateway(), session.link(), age, why);
            return forwarder.retire(session.link());
        }

        @Override
        public CompletionStage<@Nullable String> tryOut(Session session) {
            return prober.tryOut(session.link());
        }

        @Override
        public void decided(FailoverStep step, Gateway from, Gateway to, String reason) {
            reporter.decided(step, from, to, reason);
        }

        @Override
        public void linkEnded(Session session) {
            reporter.linkEnded(session.link());
        }
    }
}
