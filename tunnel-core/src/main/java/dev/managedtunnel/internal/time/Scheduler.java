package dev.managedtunnel.internal.time;

import java.time.Duration;
import java.time.Instant;

/** The clock and the timers. Injected everywhere, so that a simulation controls both. Thread-safe. */
public interface Scheduler {
    /** A monotonic clock; only differences mean something. */
    long nanoTime();

    /** The wall clock, for events and people, and to see that the machine slept; it may be set at any time. */
    Instant now();

    /** Runs a task once after the delay, on the scheduler's own thread; the task must not block. */
    Timer schedule(Duration delay, Runnable task);

    /** A task that waits for its time. */
    interface Timer {
        /** Takes it back; without effect when it has run or runs. */
        void cancel();
    }
}
