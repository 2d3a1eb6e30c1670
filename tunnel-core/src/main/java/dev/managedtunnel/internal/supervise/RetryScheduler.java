package dev.managedtunnel.internal.supervise;

import dev.failsafe.spi.Scheduler;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives Failsafe our clock, and everything that it runs the supervisor's serial executor. Failsafe schedules one thing
 * at a time, the next attempt, so the last one scheduled is the one that {@link #rearm} can bring forward. Used inside
 * the serial executor only.
 */
final class RetryScheduler implements Scheduler {
    private final dev.managedtunnel.internal.time.Scheduler scheduler;
    private final SerialExecutor serial;
    private @Nullable Attempt next;

    RetryScheduler(dev.managedtunnel.internal.time.Scheduler scheduler, SerialExecutor serial) {
        this.scheduler = scheduler;
        this.serial = serial;
    }

    @Override
    public ScheduledFuture<?> schedule(Callable<?> callable, long delay, TimeUnit unit) {
        Attempt attempt = new Attempt(callable);
        attempt.arm(Duration.ofNanos(unit.toNanos(delay)));
        next = attempt;
        return attempt;
    }

    /** Moves the attempt that waits to another time from now. */
    void rearm(Duration delay) {
        if (next != null) {
            next.arm(delay);
        }
    }

    private final class Attempt extends CompletableFuture<Object> implements ScheduledFuture<Object> {
        private final Callable<?> callable;
        private long dueNanos;
        private @Nullable Timer timer;

        private Attempt(Callable<?> callable) {
            this.callable = callable;
        }

        private void arm(Duration delay) {
            if (timer != null) {
                timer.cancel();
            }
            dueNanos = scheduler.nanoTime() + delay.toNanos();
            timer = scheduler.schedule(delay, () -> serial.execute(this::run));
        }

        private void run() {
            // A rearmed attempt may find its first timer already fired and queued: it runs once.
            if (isDone()) {
                return;
            }
            next = null;
            complete(this);
            try {
                callable.call();
            } catch (Exception bug) {
                throw new IllegalStateException("Failsafe let an exception escape", bug);
            }
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            if (timer != null) {
                timer.cancel();
            }
            return super.cancel(mayInterruptIfRunning);
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueNanos - scheduler.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }
    }
}
