package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** When the peer gave a sign of life last, how many bytes there were, and how quickly one followed a ping. Thread-safe. */
final class Pulse {
    private final Scheduler scheduler;
    private final AtomicLong bytesReceived = new AtomicLong();
    private final AtomicLong bytesSent = new AtomicLong();
    private volatile long lastSignNanos;

    private final AtomicReference<@Nullable Runnable> onNextSign = new AtomicReference<>();
    private volatile @Nullable Duration roundTrip;
    /** Written under the lock. */
    private volatile long leastRoundTripNanos;

    Pulse(Scheduler scheduler) {
        this.scheduler = scheduler;
        lastSignNanos = scheduler.nanoTime();
    }

    void received(int bytes) {
        long now = scheduler.nanoTime();
        lastSignNanos = now;
        bytesReceived.addAndGet(bytes);
        // Mostly nobody has asked, and a read costs less than a swap.
        Runnable told = onNextSign.get() == null ? null : onNextSign.getAndSet(null);
        if (told != null) {
            told.run();
        }
    }

    /** Has the reader run this when the next bytes come; only the last such request counts. */
    void onNextSign(Runnable told) {
        onNextSign.set(told);
    }

    /** A keep-alive was answered after so long. */
    void answered(long nanos) {
        roundTrip(nanos);
        roundTrip = Duration.ofNanos(nanos);
    }

    /** The same for one that only measures the way: the least counts, as later ones may queue behind the first connections. */
    void measured(long nanos) {
        roundTrip(nanos);
        roundTrip = Duration.ofNanos(leastRoundTripNanos);
    }

    /** A request's own answer took so long; a peer that had to do something for it took longer than the way there and back. */
    synchronized void roundTrip(long nanos) {
        leastRoundTripNanos = leastRoundTripNanos == 0 ? nanos : Math.min(leastRoundTripNanos, nanos);
    }

    /** The shortest time in which a request was answered; 0 before the first answer. */
    long leastRoundTripNanos() {
        return leastRoundTripNanos;
    }

    /**
     * The peer's system takes bytes again for which it had no room: it is alive, though an answer may have to wait behind
     * them. A peer that is dead, or takes nothing from its system, soon stops doing that.
     */
    void progressed() {
        lastSignNanos = scheduler.nanoTime();
    }

    void sent(int bytes) {
        bytesSent.addAndGet(bytes);
    }

    long lastSignNanos() {
        return lastSignNanos;
    }

    @Nullable
    Duration roundTrip() {
        return roundTrip;
    }

    @Override
    public String toString() {
        return bytesReceived + " bytes received, " + bytesSent + " sent";
    }
}
