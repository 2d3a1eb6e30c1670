package dev.managedtunnel.internal.time;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Real timers, but a clock that moves only when a test says so, and by a microsecond each time it is read. To a timer that
 * compares the two it is always too early.
 */
public final class TickingClock implements Scheduler {
    private static final long TICK_NANOS = 1000;

    private final Scheduler timers;
    private final AtomicLong nanos = new AtomicLong();

    public TickingClock(Scheduler timers) {
        this.timers = timers;
    }

    @Override
    public long nanoTime() {
        return nanos.addAndGet(TICK_NANOS);
    }

    @Override
    public Instant now() {
        return Instant.EPOCH.plusNanos(nanos.get());
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
        return timers.schedule(delay, task);
    }

    public void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
