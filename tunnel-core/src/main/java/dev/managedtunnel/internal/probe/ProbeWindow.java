package dev.managedtunnel.internal.probe;

import dev.managedtunnel.Probe;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Decides from the results of one probe on one session whether it fails. It begins with what is known from before, but only
 * its own session's results make it ask for another session. No clock, no I/O; not thread-safe.
 */
final class ProbeWindow {
    private static final int MOST_DOUBLINGS = 5;

    private final Probe probe;
    /** The last results, the oldest first; true is a failure. */
    private final Deque<Boolean> last = new ArrayDeque<>();

    private boolean failing;
    private long results;
    private int goodInARow;

    /** @param failing whether the probe failed when the session came up */
    ProbeWindow(Probe probe, boolean failing) {
        this.probe = probe;
        this.failing = failing;
    }

    void add(boolean good) {
        results++;
        goodInARow = good ? goodInARow + 1 : 0;
        last.addLast(!good);
        if (last.size() > probe.window()) {
            last.removeFirst();
        }
        if (!failing) {
            failing = hasFailedTooOften();
        } else if (goodInARow >= probe.recovery()) {
            failing = false;
            // Old failures are paid for: what fails next is counted from here.
            last.clear();
        }
    }

    private boolean hasFailedTooOften() {
        return failures() >= probe.failures();
    }

    /** How many of the last results are failures. */
    long failures() {
        return last.stream().filter(failed -> failed).count();
    }

    /** How many results are looked back on now. */
    int size() {
        return last.size();
    }

    boolean isFailing() {
        return failing;
    }

    /** Whether it would be failing by this session's results alone. */
    boolean isFailingByItself() {
        return failing && hasFailedTooOften();
    }

    /**
     * Whether this session is to be replaced.
     *
     * @param inVain how many were before it, since the probe was healthy; each doubles the results that it takes
     */
    boolean asksForRestart(int inVain) {
        return isFailingByItself() && results >= (long) probe.failures() << Math.min(inVain, MOST_DOUBLINGS);
    }
}
