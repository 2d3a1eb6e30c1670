package dev.managedtunnel.internal.link;

import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.internal.time.Scheduler;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.time.Duration;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notices a dead peer. An interval without a sign of life is answered by a ping; after the allowed number of such
 * intervals in a row the session is dead. It only looks at the time of the last sign, so it does not matter why a ping
 * got no answer: lost, late, or stuck behind a blocked write. Thread-safe.
 *
 * <p>A tick that comes late tells of this machine (it slept, was paused or overloaded), not of the peer: an answer may
 * wait unread. Such a tick asks again and counts nothing.
 */
public final class Watchdog {
    /** Ticks come up to this share early, so that many sessions do not ping in step, yet never after what is promised. */
    private static final double VARIATION = 0.05;

    /** A tick later than this part of the interval is not the peer's fault. */
    private static final int LATE_PART = 2;

    private final KeepAlive keepAlive;
    private final Scheduler scheduler;
    private final DoubleSupplier chance;
    private final LongSupplier lastSignNanos;
    private final Runnable ping;
    private final Runnable dead;

    /** What silence is counted from. Guarded by this. */
    private long markNanos;
    /** Intervals of silence since the mark. Guarded by this. */
    private int silent;
    /** When the next tick is due. Guarded by this. */
    private long dueNanos;
    /** The next tick; null before the start and after the end. Guarded by this. */
    private @Nullable Timer timer;

    /**
     * A watchdog that does not run yet.
     *
     * @param chance gives numbers from 0 to 1
     * @param lastSignNanos the scheduler's time of the last byte received, or other proof that the peer lives
     * @param ping asks the peer for an answer; must not block
     * @param dead is told once that the peer is dead; must not block
     */
    public Watchdog(
            KeepAlive keepAlive,
            Scheduler scheduler,
            DoubleSupplier chance,
            LongSupplier lastSignNanos,
            Runnable ping,
            Runnable dead) {
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
        tickIn(interval());
    }

    /** Ends it. No timer is left; a tick that runs at this moment may still ping. Idempotent. */
    public synchronized void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void tick() {
        Runnable action = judge();
        if (action != null) {
            action.run();
        }
    }

    private synchronized @Nullable Runnable judge() {
        if (timer == null) {
            return null;
        }
        long now = scheduler.nanoTime();
        long received = lastSignNanos.getAsLong();
        if (received - markNanos > 0) {
            markNanos = received;
            silent = 0;
            long left = markNanos + interval() - now;
            if (left > 0) {
                tickIn(left);
                return null;
            }
        }
        boolean late = now - dueNanos > keepAlive.interval().toNanos() / LATE_PART;
        if (!late) {
            silent++;
        }
        if (silent >= keepAlive.missed()) {
            timer = null;
            return dead;
        }
        tickIn(interval());
        return ping;
    }

    private long interval() {
        return (long) (keepAlive.interval().toNanos() * (1 - VARIATION * chance.getAsDouble()));
    }

    private void tickIn(long nanos) {
        dueNanos = scheduler.nanoTime() + nanos;
        timer = scheduler.schedule(Duration.ofNanos(nanos), this::tick);
    }
}
