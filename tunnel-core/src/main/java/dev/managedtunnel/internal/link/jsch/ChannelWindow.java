package dev.managedtunnel.internal.link.jsch;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How much a target may send on one channel before its consumer has taken it. It begins at 2 MiB and doubles when the
 * consumer takes half of it within one round trip, over 10 ms at least: then the target would soon wait for credit, though
 * nobody is slow. So short links never need more, and a slow consumer never gets more. What all channels of a tunnel have
 * grown by is bounded together. It does not shrink. Not thread-safe.
 */
final class ChannelWindow {
    /** Enough for 20 MB/s at 100 ms round trip. */
    static final int INITIAL = 2 * 1024 * 1024;

    /** Credit goes out early, so that it is there before the target has to wait, and in portions worth a packet. */
    private static final int EARLY_PART = 16;

    private static final int LARGEST_EARLY = 256 * 1024;

    /**
     * Where credit is there as soon as it is given it goes out late: each portion is a packet to encrypt, and something more
     * to read for a gateway that is busy sending.
     */
    private static final int LATE = INITIAL / 2;

    /** In less than this nobody sends the half of the window that is left then: that would be more than 1 GB/s. */
    private static final long SHORT_ROUND_TRIP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** What a consumer takes in less time tells how long it had to wait for a processor, and nothing of the link. */
    private static final long SHORTEST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Budget budget;
    private final LongSupplier nanoTime;
    private final LongSupplier roundTripNanos;

    private int size = INITIAL;
    /** What the target may still send. */
    private long allowed = INITIAL;
    /** What the consumer has taken since the last credit. */
    private int owed;
    /** What the consumer has taken since the mark. */
    private long taken;

    private long markNanos;

    /** @param roundTripNanos how long it takes to the gateway and back, as far as is known by then */
    ChannelWindow(Budget budget, LongSupplier nanoTime, LongSupplier roundTripNanos) {
        this.budget = budget;
        this.nanoTime = nanoTime;
        this.roundTripNanos = roundTripNanos;
        markNanos = nanoTime.getAsLong();
    }

    /** The target has sent so much; false when it was not allowed to. */
    boolean received(int bytes) {
        allowed -= bytes;
        return allowed >= 0;
    }

    /** The consumer has taken so much; returns how much credit to give now, which may be none. */
    int consumed(int bytes) {
        owed += bytes;
        taken += bytes;
        long roundTrip = roundTripNanos.getAsLong();
        boolean isShort = 0 < roundTrip && roundTrip < SHORT_ROUND_TRIP_NANOS;
        if (owed < (isShort ? LATE : Math.min(size / EARLY_PART, LARGEST_EARLY))) {
            return 0;
        }
        int credit = owed + growth(roundTrip);
        owed = 0;
        allowed += credit;
        return credit;
    }

    private int growth(long roundTrip) {
        long now = nanoTime.getAsLong();
        long since = now - markNanos;
        if (since < SHORTEST_LOOK_NANOS || (since <= roundTrip && taken < size / 2)) {
            return 0;
        }
        double takenInRoundTrip = (double) taken * roundTrip / since;
        taken = 0;
        markNanos = now;
        if (takenInRoundTrip < size / 2.0) {
            return 0;
        }
        int more = budget.take(size);
        size += more;
        return more;
    }

    /** The channel has ended: others may grow. */
    void release() {
        budget.give(size - INITIAL);
        size = INITIAL;
    }

    /** What the windows of a tunnel may grow by. Thread-safe. */
    static final class Budget {
        private static final long MOST = 128L * 1024 * 1024;
        private static final int HEAP_PART = 8;

        private final int largestWindow;
        private final AtomicLong left;

        /** A budget fit for this JVM's heap. */
        Budget(int largestWindow) {
            this(largestWindow, Math.min(MOST, Runtime.getRuntime().maxMemory() / HEAP_PART));
        }

        Budget(int largestWindow, long total) {
            this.largestWindow = largestWindow;
            left = new AtomicLong(total);
        }

        /** How much a window of that size may grow by: to the double, as far as there is means. */
        int take(int size) {
            long wanted = Math.max(0, Math.min(size, largestWindow - size));
            long before = left.getAndUpdate(now -> now - Math.min(now, wanted));
            return (int) Math.min(before, wanted);
        }

        void give(long back) {
            left.addAndGet(back);
        }
    }
}
