package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.internal.time.FakeScheduler;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.TreeSet;
import java.util.stream.LongStream;

/** A supervisor's view of simulated time: counts the timers that wait, and has a wall clock that somebody sets. */
final class WatchedScheduler implements Scheduler {
    private final FakeScheduler time;
    private Duration wallClockOff = Duration.ZERO;
    private long order;
    private final TreeSet<Waiting> waiting = new TreeSet<>();

    WatchedScheduler(FakeScheduler time) {
        this.time = time;
    }

    /** Sets the wall clock, which may not matter to anything. */
    void setWallClock(Duration off) {
        wallClockOff = off;
    }

    int waiting() {
        return waiting.size();
    }

    /** For how long each of them still waits, in their order. */
    LongStream left() {
        return waiting.stream().mapToLong(timer -> Math.max(0, timer.due - time.nanoTime()));
    }

    @Override
    public long nanoTime() {
        return time.nanoTime();
    }

    @Override
    public Instant now() {
        return time.now().plus(wallClockOff);
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
        Waiting timer = new Waiting(time.nanoTime() + delay.toNanos(), order++, task);
        waiting.add(timer);
        timer.inTime = time.schedule(delay, timer);
        return timer;
    }

    private final class Waiting implements Timer, Runnable, Comparable<Waiting> {
        private final long due;
        private final long number;
        private final Runnable task;
        private Timer inTime = () -> {};

        private Waiting(long due, long number, Runnable task) {
            this.due = due;
            this.number = number;
            this.task = task;
        }

        @Override
        public void run() {
            waiting.remove(this);
            task.run();
        }

        @Override
        public void cancel() {
            waiting.remove(this);
            inTime.cancel();
        }

        @Override
        public int compareTo(Waiting other) {
            int byTime = Long.compare(due, other.due);
            return byTime == 0 ? Long.compare(number, other.number) : byTime;
        }
    }
}
