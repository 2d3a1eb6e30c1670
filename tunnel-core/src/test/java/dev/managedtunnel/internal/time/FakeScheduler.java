package dev.managedtunnel.internal.time;

import java.time.Duration;
import java.time.Instant;
import java.util.TreeSet;

/** Time that moves only when a test says so; tasks run on the test's thread, in the order of their times. */
public final class FakeScheduler implements Scheduler {
    private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

    private final TreeSet<Task> tasks = new TreeSet<>();
    private volatile long nanos;
    private volatile Duration wallClockLead = Duration.ZERO;
    private long order;

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public Instant now() {
        return EPOCH.plusNanos(nanos).plus(wallClockLead);
    }

    @Override
    public synchronized Timer schedule(Duration delay, Runnable run) {
        Task task = new Task(nanos + Math.max(0, delay.toNanos()), order++, run);
        tasks.add(task);
        return () -> {
            synchronized (this) {
                tasks.remove(task);
            }
        };
    }

    /** Lets that much time pass, running what falls due on the way at its own time. */
    public void advance(Duration time) {
        long until = nanos + time.toNanos();
        while (runNextBefore(until)) {
            // each task may schedule more
        }
        nanos = until;
    }

    /** Lets time jump without running anything on the way, as when a machine sleeps; late tasks run at the next advance. */
    public synchronized void sleep(Duration time) {
        nanos += time.toNanos();
    }

    /** Lets the wall clock alone go on, as when a machine is suspended whose monotonic clock stands still meanwhile. */
    public void suspend(Duration time) {
        wallClockLead = wallClockLead.plus(time);
    }

    private boolean runNextBefore(long until) {
        Task next;
        synchronized (this) {
            if (tasks.isEmpty() || tasks.first().at > until) {
                return false;
            }
            next = tasks.pollFirst();
            nanos = Math.max(nanos, next.at);
        }
        next.run.run();
        return true;
    }

    /** How many tasks wait. */
    public synchronized int pending() {
        return tasks.size();
    }

    private record Task(long at, long order, Runnable run) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }
}
