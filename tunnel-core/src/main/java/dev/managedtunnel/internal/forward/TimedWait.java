package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.time.Scheduler;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/**
 * One wait of a thread of the application, perhaps in pieces, of which a limited time is left. As with any socket, an
 * interrupt does not end it, and stays set.
 */
final class TimedWait {
    private final Scheduler clock;
    private final boolean forEver;
    private final long deadline;

    /** @param longestMillis 0 waits for ever */
    TimedWait(Scheduler clock, int longestMillis) {
        this.clock = clock;
        forEver = longestMillis == 0;
        deadline = forEver ? 0 : clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(longestMillis);
    }

    /** Waits for a signal, or none; false when the time is over. With the condition's lock held. */
    @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
    boolean on(Condition condition) {
        if (forEver) {
            condition.awaitUninterruptibly();
            return true;
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return condition.awaitNanos(deadline - clock.nanoTime()) > 0;
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
