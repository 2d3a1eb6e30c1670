package dev.managedtunnel.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Bounded waiting for a condition that nobody signals: a process that ends, a line in a log, a port that answers. */
final class Poll {

    private static final long STEP_NANOS = Duration.ofMillis(2).toNanos();

    private Poll() {}

    /** Waits until the condition holds; fails with the description, evaluated then, when it never does. */
    static void until(Duration limit, Supplier<String> description, BooleanSupplier condition) {
        if (!reached(limit, condition)) {
            throw new IllegalStateException("Waited " + limit.toMillis() + " ms in vain: " + description.get());
        }
    }

    /** Waits until the condition holds, at most for the limit; tells whether it does. */
    static boolean reached(Duration limit, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > limit.toNanos()
                    || Thread.currentThread().isInterrupted()) {
                return condition.getAsBoolean();
            }
            LockSupport.parkNanos(STEP_NANOS);
        }
        return true;
    }
}
