package dev.managedtunnel;

import dev.managedtunnel.EchoLoad.Attempt;
import dev.managedtunnel.EchoLoad.Result;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One fault under load, and what the application saw of it. Moments are in {@link System#nanoTime()}.
 *
 * @param begun just before the fault began
 * @param applied when it had taken full effect: nothing opened later can have been established before
 * @param endBegun just before it began to end; {@code applied} for a fault that is one blow
 * @param over when its end had taken full effect; {@code applied} for a fault that is one blow
 */
record Outage(Fault fault, long begun, long applied, long endBegun, long over, List<Attempt> attempts) {
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final int BEFORE = 50;
    private static final int AFTER = 75;

    /** Puts a load on a tunnel, breaks what is under it, and goes on until it has been well again for a while. */
    static Outage of(Fault fault, OutageLab lab, InetSocketAddress tunnel) {
        try (EchoLoad load = EchoLoad.on(tunnel)) {
            load.openMore(BEFORE);
            long settled = System.nanoTime();
            load.awaitAny(LIMIT, attempt -> attempt.openedAt() > settled && attempt.result() == Result.SERVED);

            long begun = System.nanoTime();
            fault.begin(lab);
            long applied = System.nanoTime();
            long endBegun = applied;
            long over = applied;
            if (!fault.lasts().isZero()) {
                pass(fault.lasts().minusNanos(applied - begun));
                endBegun = System.nanoTime();
                fault.end(lab);
                over = System.nanoTime();
            }
            long from = endBegun;
            load.awaitAny(LIMIT, attempt -> isRecovery(attempt, applied, from));
            load.openMore(AFTER);
            return new Outage(fault, begun, applied, endBegun, over, load.finish());
        }
    }

    /** Lets the time of the fault pass. */
    static void pass(Duration time) {
        CompletableFuture.runAsync(() -> {}, CompletableFuture.delayedExecutor(time.toNanos(), TimeUnit.NANOSECONDS))
                .join();
    }

    private static boolean isRecovery(Attempt attempt, long applied, long from) {
        return attempt.result() == Result.SERVED && attempt.openedAt() > applied && attempt.endedAt() > from;
    }

    /** From the blow, or from the end of a fault that lasts, until the first connection opened during it was served. */
    Duration recovery() {
        long served = attempts.stream()
                .filter(attempt -> isRecovery(attempt, applied, endBegun))
                .mapToLong(Attempt::endedAt)
                .min()
                .orElseThrow();
        long from = fault.lasts().isZero() ? begun : over;
        return Duration.ofNanos(Math.max(0, served - from));
    }

    long count(Result result) {
        return attempts.stream().filter(attempt -> attempt.result() == result).count();
    }

    /** Those that nothing listened for. */
    List<Attempt> refused() {
        return attempts.stream()
                .filter(attempt -> attempt.result() == Result.REFUSED)
                .toList();
    }

    /** Those that ended otherwise than served and were opened when no connection of before could be any more. */
    List<Attempt> failedSinceApplied() {
        return attempts.stream()
                .filter(attempt -> attempt.result() != Result.SERVED && attempt.openedAt() > applied)
                .toList();
    }

    /** Those that were connected, not served, and opened before the fault had taken full effect. */
    List<Attempt> brokenFromBefore() {
        return attempts.stream()
                .filter(attempt -> attempt.result() == Result.BROKEN && attempt.openedAt() <= applied)
                .toList();
    }

    /** The longest that a connection took which was served in the end. */
    Duration longestWait() {
        return attempts.stream()
                .filter(attempt -> attempt.result() == Result.SERVED)
                .map(Attempt::took)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }
}
