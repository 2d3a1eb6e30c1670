package dev.managedtunnel.internal.probe;

import dev.managedtunnel.Probe;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One probe of a tunnel: each interval a round, in which the sessions that are up are checked one after the other. Inside
 * the serial executor only.
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

    /** @param trial where the result of a check goes that is made on trial; null for a session that takes connections */
    private record Session(
            Link link,
            ProbeWindow window,
            EchoLoop loop,
            @Nullable CompletableFuture<@Nullable String> trial) {}

    private final Probe probe;
    private final ProbeMeans means;
    private final Map<Link, Session> sessions = new LinkedHashMap<>();
    private final Map<Link, EchoLoop> loops = new HashMap<>();
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
    private final ProbeFindings findings;

    ProbeRounds(Probe probe, ProbeMeans means) {
        this.probe = probe;
        this.means = means;
        findings = new ProbeFindings(probe.name(), means);
    }

    ProbeFindings findings() {
        return findings;
    }

    void up(Link link) {
        sessions.put(link, new Session(link, new ProbeWindow(probe, findings.why() != null), loop(link), null));
        if (tick == null) {
            arm(VARIATION * means.random().nextDouble());
        }
    }

    private EchoLoop loop(Link link) {
        return loops.computeIfAbsent(link, none -> new EchoLoop(link, means.sockets()));
    }

    /**
     * Makes one check on a session that takes no connections, as soon as none is under way.
     *
     * @return why it failed, or null; does not complete when the session ends before
     */
    CompletableFuture<@Nullable String> tryOut(Link link) {
        CompletableFuture<@Nullable String> result = new CompletableFuture<>();
        round.addFirst(new Session(link, new ProbeWindow(probe, false), loop(link), result));
        if (run == null) {
            next();
        }
        return result;
    }

    void down(Link link) {
        sessions.remove(link);
        loops.remove(link);
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
        List.copyOf(loops.keySet()).forEach(this::down);
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
            round.removeIf(waiting -> tried(waiting, stuck));
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
        limit = means.scheduler()
                .schedule(probe.timeout(), () -> means.serial().execute(() -> timeOut(begun, session)));
        means.workers().execute(() -> {
            long from = means.scheduler().nanoTime();
            Throwable failure = begun.call();
            Duration took = Duration.ofNanos(means.scheduler().nanoTime() - from);
            means.serial().execute(() -> returned(begun, session, failure, took));
        });
    }

    private void timeOut(ProbeRun late, Session session) {
        if (run == late && phase == Phase.RUNNING) {
            cut(late);
            tried(session, tooLate());
        }
    }

    private Throwable tooLate() {
        return new IllegalStateException("no result within " + Durations.text(probe.timeout()));
    }

    /** Tells the result of a check that was made on trial; false when it was not. */
    private boolean tried(Session session, @Nullable Throwable failure) {
        if (session.trial() == null) {
            return false;
        }
        session.trial()
                .complete(
                        failure == null
                                ? null
                                : "probe " + probe.name() + " fails there: " + ProbeFindings.text(failure));
        return true;
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
        if (tried(session, failure) || !isUp(session)) {
            over();
        } else if (phase == Phase.CUT) {
            settle(done, session, tooLate());
        } else if (failure != null) {
            settle(done, session, failure);
        } else {
            add(session, null, took);
            if (!session.window().isFailing()) {
                means.listener().checked(session.link(), probe.name(), null);
            }
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

    private void add(Session session, @Nullable Throwable failure, @Nullable Duration took) {
        session.window().add(failure == null);
        boolean healthy =
                sessions.values().stream().noneMatch(one -> one.window().isFailing());
        if (healthy) {
            restartsInVain = 0;
        }
        findings.add(healthy, session.window(), failure, took);
    }

    private boolean isUp(Session session) {
        return sessions.get(session.link()) == session;
    }

    /** @param own whether it is a check on that session that failed */
    private void failed(Session session, Throwable failure, boolean own) {
        add(session, failure, null);
        if (own && session.window().isFailingByItself()) {
            means.listener()
                    .checked(
                            session.link(),
                            probe.name(),
                            findings.exception("fails", session.window(), failure)
                                    .detail());
        }
        if (own && probe.restartsSession() && session.window().asksForRestart(restartsInVain)) {
            restartsInVain++;
            down(session.link());
            session.link().cut(findings.exception("asked for another session", session.window(), failure));
        }
    }
}
