package dev.managedtunnel.internal.probe;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Probe;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One probe of a tunnel: each interval a round, in which the sessions that are up are checked one after the other. Inside
 * the serial executor only, but for {@link #status}.
 *
 * <p>One run at a time: one that was cut is over only when its check has returned. Until then nothing else runs, and each
 * interval counts as failed.
 */
final class ProbeRounds {
    private static final double VARIATION = 0.1;
    /** What a check throws because its session ends is heard of before that end itself. */
    static final Duration GRACE = Duration.ofSeconds(1);

    private enum Phase {
        RUNNING,
        /** Its time is over, or its session gone. */
        CUT,
        /** It has failed, and its session may end in a moment. */
        SETTLING
    }

    private record Session(Link link, ProbeWindow window, EchoLoop loop) {}

    private final Probe probe;
    private final ProbeMeans means;
    private final Map<Link, Session> sessions = new LinkedHashMap<>();
    /** Those that this round has not come to yet. */
    private final Deque<Session> round = new ArrayDeque<>();

    private @Nullable Timer tick;
    /** Tells the timer that counts from one that was too late to be cancelled. */
    private long ticks;

    private @Nullable ProbeRun run;
    private Phase phase = Phase.RUNNING;
    private long cutNanos;
    /** The run's deadline, or its grace. */
    private @Nullable Timer limit;

    private int restartsInVain;
    private @Nullable TunnelException why;
    private long failingSinceNanos;
    private volatile TunnelStatus.Probed status;

    ProbeRounds(Probe probe, ProbeMeans means) {
        this.probe = probe;
        this.means = means;
        status = new TunnelStatus.Probed(probe.name(), true, means.scheduler().now(), null, null, null, 0, 0);
    }

    /** Any thread. */
    TunnelStatus.Probed status() {
        return status;
    }

    /** Why it fails; null while it is healthy. */
    @Nullable
    TunnelException why() {
        return why;
    }

    void up(Link link) {
        EchoLoop loop = new EchoLoop(link, means.sockets());
        sessions.put(link, new Session(link, new ProbeWindow(probe, why != null), loop));
        if (tick == null) {
            arm(VARIATION * means.random().nextDouble());
        }
    }

    void down(Link link) {
        sessions.remove(link);
        round.removeIf(waiting -> waiting.link() == link);
        if (sessions.isEmpty() && tick != null) {
            tick.cancel();
            tick = null;
            ticks++;
        }
        ProbeRun its = run;
        if (its != null && its.link() == link) {
            if (phase == Phase.SETTLING) {
                cancelLimit();
                over();
            } else {
                cut(its);
            }
        }
    }

    /** Ends it for good. */
    void close() {
        round.clear();
        List.copyOf(sessions.keySet()).forEach(this::down);
    }

    private void arm(double intervals) {
        long number = ++ticks;
        Duration delay = Duration.ofNanos((long) (probe.interval().toNanos() * intervals));
        tick = means.scheduler().schedule(delay, () -> means.serial().execute(() -> tick(number)));
    }

    private void tick(long number) {
        if (number != ticks) {
            return;
        }
        arm(1 + VARIATION * (2 * means.random().nextDouble() - 1));
        ProbeRun before = run;
        if (before == null) {
            round.addAll(sessions.values());
            next();
        } else if (phase == Phase.CUT && means.scheduler().nanoTime() - cutNanos >= GRACE.toNanos()) {
            Throwable stuck = new IllegalStateException("the check before was cut and has not returned");
            List.copyOf(sessions.values()).forEach(session -> failed(session, stuck, session.link() == before.link()));
        }
    }

    private void next() {
        Session session = round.poll();
        if (session == null) {
            return;
        }
        ProbeRun begun = new ProbeRun(probe, means.tunnel(), session.link(), session.loop(), means.sockets());
        run = begun;
        phase = Phase.RUNNING;
        limit = means.scheduler().schedule(probe.timeout(), () -> means.serial().execute(() -> timeOut(begun)));
        means.workers().execute(() -> {
            long from = means.scheduler().nanoTime();
            Throwable failure = begun.call();
            Duration took = Duration.ofNanos(means.scheduler().nanoTime() - from);
            means.serial().execute(() -> returned(begun, session, failure, took));
        });
    }

    private void timeOut(ProbeRun late) {
        if (run == late && phase == Phase.RUNNING) {
            cut(late);
        }
    }

    private void cut(ProbeRun late) {
        cancelLimit();
        phase = Phase.CUT;
        cutNanos = means.scheduler().nanoTime();
        late.cut();
    }

    private void cancelLimit() {
        if (limit != null) {
            limit.cancel();
            limit = null;
        }
    }

    private void returned(ProbeRun done, Session session, @Nullable Throwable failure, Duration took) {
        cancelLimit();
        if (!isUp(session)) {
            over();
        } else if (phase == Phase.CUT) {
            settle(done, session, new IllegalStateException("no result within " + Durations.text(probe.timeout())));
        } else if (failure != null) {
            settle(done, session, failure);
        } else {
            session.window().add(true);
            tell(session, null, took);
            over();
        }
    }

    /** Counts it, unless the session ends in a moment. */
    private void settle(ProbeRun done, Session session, Throwable failure) {
        phase = Phase.SETTLING;
        limit = means.scheduler()
                .schedule(
                        GRACE,
                        () -> means.serial().execute(() -> {
                            if (run == done) {
                                run = null;
                                failed(session, failure, true);
                                over();
                            }
                        }));
    }

    private void over() {
        run = null;
        next();
    }

    private boolean isUp(Session session) {
        return sessions.get(session.link()) == session;
    }

    private void failed(Session session, Throwable failure, boolean mayRestart) {
        session.window().add(false);
        tell(session, failure, null);
        if (mayRestart && probe.restartsSession() && session.window().asksForRestart(restartsInVain)) {
            restartsInVain++;
            down(session.link());
            session.link().cut(exception("asked for another session", session, failure));
        }
    }

    private void tell(Session session, @Nullable Throwable failure, @Nullable Duration took) {
        TunnelStatus.Probed before = status;
        boolean healthy =
                sessions.values().stream().noneMatch(one -> one.window().isFailing());
        boolean changed = healthy != before.isHealthy();
        status = new TunnelStatus.Probed(
                probe.name(),
                healthy,
                changed ? means.scheduler().now() : before.since(),
                means.scheduler().now(),
                failure == null ? null : text(failure),
                took == null ? before.roundTrip().orElse(null) : took,
                before.good() + (failure == null ? 1 : 0),
                before.failed() + (failure == null ? 0 : 1));
        if (healthy) {
            restartsInVain = 0;
        }
        long now = means.scheduler().nanoTime();
        if (changed && !healthy) {
            failingSinceNanos = now;
            TunnelException cause = exception("fails", session, failure);
            why = cause;
            means.listener().failed(probe.name(), cause);
        } else if (changed) {
            why = null;
            means.listener().recovered(probe.name(), Duration.ofNanos(now - failingSinceNanos));
        }
    }

    private TunnelException exception(String does, Session session, @Nullable Throwable failure) {
        return new TunnelException(
                FailureReason.PROBE_FAILED,
                "probe " + probe.name() + " " + does + ": " + session.window().failures() + " of the last "
                        + session.window().size() + " checks failed, the last one: " + text(failure),
                failure);
    }

    /** One line, whatever a driver has to say. */
    private static String text(@Nullable Throwable failure) {
        String message = failure == null ? null : failure.getMessage();
        return (message == null ? String.valueOf(failure) : message).replaceAll("\\p{Cntrl}+", " ");
    }
}
