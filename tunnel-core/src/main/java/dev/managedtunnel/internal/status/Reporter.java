package dev.managedtunnel.internal.status;

import dev.managedtunnel.FailoverStep;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Tells one and the same happening to everybody who wants to know: status, log, events, timers. Inside the supervisor's
 * serial executor, but for {@link #addRecorder} and {@link #recorder}.
 */
public final class Reporter {
    private final String tunnel;
    private final Scheduler scheduler;
    private final StatusBook book;
    private final TunnelLog log;
    private final EventDispatcher events;
    private final List<Recorder> recorders = new CopyOnWriteArrayList<>();

    public Reporter(String tunnel, Scheduler scheduler, StatusBook book, EventDispatcher events) {
        this.tunnel = tunnel;
        this.scheduler = scheduler;
        this.book = book;
        this.events = events;
        log = new TunnelLog(tunnel, scheduler);
    }

    /** Adds somebody who keeps durations. Thread-safe. */
    public void addRecorder(Recorder recorder) {
        recorders.add(recorder);
    }

    /** Takes that back. Thread-safe. */
    public void removeRecorder(Recorder recorder) {
        recorders.remove(recorder);
    }

    /** One recorder that stands for all of them, those added later included. Thread-safe. */
    public Recorder recorder() {
        return new Recorder() {
            // Only one of them ever wants to know.
            @Override
            public @Nullable Opening channelOpening(String forward) {
                for (Recorder recorder : recorders) {
                    Opening opening = recorder.channelOpening(forward);
                    if (opening != null) {
                        return opening;
                    }
                }
                return null;
            }

            @Override
            public void channelOpened(String forward, Duration duration) {
                recorders.forEach(recorder -> recorder.channelOpened(forward, duration));
            }

            @Override
            public void parked(String forward, Duration duration) {
                recorders.forEach(recorder -> recorder.parked(forward, duration));
            }
        };
    }

    public void starting(Gateway gateway, long number) {
        book.starting(gateway);
        recorders.forEach(recorder -> recorder.startBegan(gateway, number));
        events.publish(new TunnelEvent.StartBegan(tunnel, scheduler.now(), gateway, number));
    }

    public void started(Gateway gateway, long number, Duration took) {
        recorders.forEach(recorder -> recorder.startEnded(number, null));
        events.publish(new TunnelEvent.StartSucceeded(tunnel, scheduler.now(), gateway, number, took));
    }

    public void startFailed(Gateway gateway, long number, TunnelException cause) {
        book.startFailed(cause);
        log.startFailed(cause);
        recorders.forEach(recorder -> recorder.startEnded(number, cause));
        events.publish(new TunnelEvent.StartFailed(tunnel, scheduler.now(), gateway, number, cause));
    }

    public void linkUp(Gateway gateway, long number, Link link, Duration took, @Nullable Duration outage) {
        book.up(gateway, link);
        log.up(gateway, number, took, outage);
        recorders.forEach(recorder -> recorder.sessionUp(link.startPhases()));
        if (outage != null) {
            recorders.forEach(recorder -> recorder.outage(outage));
        }
        events.publish(new TunnelEvent.SessionUp(tunnel, scheduler.now(), gateway, number, took, outage));
    }

    public void linkLost(Gateway gateway, Link link, Duration age, TunnelException cause) {
        book.lost(link, cause);
        log.lost(cause);
        boolean last = !book.isServing();
        recorders.forEach(recorder -> recorder.sessionLost(gateway, age, cause, last));
        events.publish(new TunnelEvent.SessionLost(tunnel, scheduler.now(), gateway, age, cause));
    }

    /** A session has been replaced by one to {@code to}, for that reason. */
    public void linkReplaced(Gateway from, Gateway to, Link link, Duration age, String why) {
        book.retired(link);
        log.replaced(from, age, why);
        events.publish(new TunnelEvent.SessionReplaced(tunnel, scheduler.now(), from, to, age, why));
    }

    /** Something was decided about which gateway is used. */
    public void decided(FailoverStep step, Gateway from, Gateway to, String reason) {
        log.decided(step, from, to, reason);
        events.publish(new TunnelEvent.FailoverDecided(tunnel, scheduler.now(), step, from, to, reason));
    }

    /** One that was replaced has ended. */
    public void linkEnded(Link link) {
        book.ended(link);
    }

    /** A probe that was healthy fails. */
    public void probeFailed(String probe, TunnelException cause) {
        log.probeFailed(cause);
        events.publish(new TunnelEvent.ProbeFailed(tunnel, scheduler.now(), probe, cause));
    }

    /** A probe that failed is healthy. */
    public void probeRecovered(String probe, Duration failing) {
        log.probeRecovered(probe, failing);
        events.publish(new TunnelEvent.ProbeRecovered(tunnel, scheduler.now(), probe, failing));
    }

    public void moved(TunnelState from, TunnelState to, @Nullable TunnelException cause, @Nullable Instant nextStart) {
        book.moved(to);
        if (to.isFinal()) {
            recorders.forEach(Recorder::tunnelEnded);
        }
        Instant now = scheduler.now();
        if (nextStart != null) {
            log.retryIn(Duration.between(now, nextStart));
        } else if (to == TunnelState.FAILED && cause != null) {
            log.gaveUp(cause);
        } else if (to == TunnelState.CLOSED) {
            log.closed();
        }
        events.publish(new TunnelEvent.StateChanged(tunnel, now, from, to, cause));
    }
}
