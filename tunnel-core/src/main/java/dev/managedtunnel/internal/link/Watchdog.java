package dev.managedtunnel.internal.link;

import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.Scheduler;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notices a dead peer. An interval without a sign of life is answered by a ping; after the allowed number of such
 * intervals in a row the session is dead. It only looks at the time of the last sign, so it does not matter why a ping
 * got no answer: lost, late, or stuck behind a blocked write. Thread-safe.
 *
 * <p>A tick that comes late tells of this machine (it slept, was paused or overloaded), not of the peer: an answer may
 * wait unread. Such a tick asks again and counts nothing. When the machine slept for long, which shows in a tick that comes
 * far too late or, where the monotonic clock stands still meanwhile, in a wall clock that has jumped, most likely the peer
 * has given the session up: then it must answer soon.
 */
public final class Watchdog {
    /** Ticks come up to this share early, so that many sessions do not ping in step, yet never after what is promised. */
    private static final double VARIATION = 0.05;

    /** A tick later than this part of the interval is not the peer's fault. */
    private static final int LATE_PART = 2;

    /** How soon a peer must answer that is asked for a reason: after a sleep, on another network, on trial. */
    public static final Duration SOON = Duration.ofSeconds(5);

    /** A wall clock that gains more than this on the monotonic one between two ticks has jumped. */
    private static final Duration JUMP = Duration.ofSeconds(5);

    private final KeepAlive keepAlive;
    private final Scheduler scheduler;
    private final DoubleSupplier chance;
    private final LongSupplier lastSignNanos;
    private final Runnable ping;
    private final Consumer<String> dead;

    /** What silence is counted from. Guarded by this. */
    private long markNanos;
    /** Intervals of silence since the mark. Guarded by this. */
    private int silent;
    /** When the next tick is due. Guarded by this. */
    private long dueNanos;
    /** The next tick; null before the start and after the end. Guarded by this. */
    private @Nullable Timer timer;
    /** By how much the wall clock was ahead of the monotonic one at the last tick. Guarded by this. */
    private long aheadMillis;
    /** When the peer was asked for an answer by a deadline, and that. Guarded by this. */
    private long askedNanos;

    private long answerDueNanos;
    /** Null unless an answer is due by a deadline. Guarded by this. */
    private @Nullable Timer verdict;

    /**
     * A watchdog that does not run yet.
     *
     * @param chance gives numbers from 0 to 1
     * @param lastSignNanos the scheduler's time of the last byte received, or other proof that the peer lives
     * @param ping asks the peer for an answer; must not block
     * @param dead is told once how it came to think that the peer is dead; must not block
     */
    public Watchdog(
            KeepAlive keepAlive,
            Scheduler scheduler,
            DoubleSupplier chance,
            LongSupplier lastSignNanos,
            Runnable ping,
            Consumer<String> dead) {
        this.keepAlive = keepAlive;
        this.scheduler = scheduler;
        this.chance = chance;
        this.lastSignNanos = lastSignNanos;
        this.ping = ping;
        this.dead = dead;
    }

    /** Begins to watch; silence counts from now. */
    public synchronized void start() {
        markNanos = scheduler.nanoTime();
        aheadMillis = wallClockLead();
        tickIn(interval());
    }

    /** Ends it. No timer is left; a tick that runs at this moment may still ping. Idempotent. */
    public synchronized void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        if (verdict != null) {
            verdict.cancel();
            verdict = null;
        }
    }

    /**
     * Asks now; without a sign of life by the deadline the peer is dead. An earlier deadline that it has already stands.
     * Without effect unless it runs.
     */
    public void check(Duration deadline) {
        synchronized (this) {
            if (timer == null || isAnswerDue()) {
                return;
            }
            expectAnswer(deadline);
        }
        ping.run();
    }

    private boolean isAnswerDue() {
        return verdict != null && !hasAnswered();
    }

    private boolean hasAnswered() {
        return lastSignNanos.getAsLong() - askedNanos > 0;
    }

    private void expectAnswer(Duration deadline) {
        if (verdict != null) {
            verdict.cancel();
        }
        Duration patience = keepAlive.interval().multipliedBy(keepAlive.missed());
        Duration time = deadline.compareTo(patience) < 0 ? deadline : patience;
        askedNanos = scheduler.nanoTime();
        answerDueNanos = askedNanos + time.toNanos();
        verdict = scheduler.schedule(time, () -> act(answered(time)));
    }

    private synchronized @Nullable Runnable answered(Duration time) {
        long late = scheduler.nanoTime() - answerDueNanos;
        // One that was too late to be cancelled judges nobody: the next one is asked for later.
        if (verdict == null || late < 0) {
            return null;
        }
        verdict = null;
        if (hasAnswered()) {
            return null;
        }
        if (late > time.toNanos() / LATE_PART) {
            expectAnswer(time);
            return ping;
        }
        stop();
        return () -> dead.accept("no byte received within " + Durations.text(time) + " of being asked for an answer");
    }

    private void tick() {
        act(judge());
    }

    private static void act(@Nullable Runnable action) {
        if (action != null) {
            action.run();
        }
    }

    private synchronized @Nullable Runnable judge() {
        if (timer == null) {
            return null;
        }
        long now = scheduler.nanoTime();
        long lead = wallClockLead();
        boolean jumped = lead - aheadMillis > JUMP.toMillis();
        aheadMillis = lead;
        long received = lastSignNanos.getAsLong();
        if (received - markNanos > 0) {
            markNanos = received;
            silent = 0;
            long left = markNanos + interval() - now;
            if (left > 0 && !jumped) {
                tickIn(left);
                return null;
            }
        }
        long interval = keepAlive.interval().toNanos();
        long late = now - dueNanos;
        boolean slept = jumped || late > interval * keepAlive.missed();
        if (late <= interval / LATE_PART && !slept) {
            silent++;
        }
        if (silent >= keepAlive.missed()) {
            stop();
            return () -> dead.accept(
                    "no byte received for " + keepAlive.missed() + " x " + Durations.text(keepAlive.interval()));
        }
        if (slept && !isAnswerDue()) {
            expectAnswer(SOON);
        }
        tickIn(interval());
        return ping;
    }

    private long wallClockLead() {
        return scheduler.now().toEpochMilli() - TimeUnit.NANOSECONDS.toMillis(scheduler.nanoTime());
    }

    private long interval() {
        return (long) (keepAlive.interval().toNanos() * (1 - VARIATION * chance.getAsDouble()));
    }

    private void tickIn(long nanos) {
        dueNanos = scheduler.nanoTime() + nanos;
        timer = scheduler.schedule(Duration.ofNanos(nanos), this::tick);
    }
}
