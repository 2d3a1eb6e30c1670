package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** What the parts of one supervisor share. */
record Context(
        Plan plan, Scheduler scheduler, SerialExecutor serial, RandomGenerator random, SupervisorListener listener) {
    long now() {
        return scheduler.nanoTime();
    }

    /** Runs the task inside the serial executor after that time. */
    Scheduler.Timer after(Duration delay, Runnable task) {
        return scheduler.schedule(delay, () -> serial.execute(task));
    }
}
