package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.internal.link.StartPhase;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** In which phase a start is, and how long each took, for one hop. Phases only go forward. Thread-safe. */
final class Phases {
    private final Scheduler scheduler;
    /** Of the hop that was connected before. */
    private final @Nullable Phases before;

    private final long begunNanos;
    private final EnumMap<StartPhase, Duration> took = new EnumMap<>(StartPhase.class);
    private @Nullable StartPhase current;
    private long sinceNanos;

    /** @param before those of the hop that is connected before; null for the first */
    Phases(Scheduler scheduler, @Nullable Phases before) {
        this.scheduler = scheduler;
        this.before = before;
        begunNanos = before == null ? scheduler.nanoTime() : before.begunNanos;
    }

    synchronized void enter(StartPhase next) {
        if (current != null && current.compareTo(next) >= 0) {
            return;
        }
        finish();
        current = next;
    }

    /** Ends the last phase. */
    synchronized void finish() {
        long now = scheduler.nanoTime();
        if (current != null) {
            took.putIfAbsent(current, Duration.ofNanos(now - sinceNanos));
        }
        sinceNanos = now;
    }

    /** The phase it is in; null while it still reads files and asks for secrets. */
    synchronized @Nullable StartPhase current() {
        return current;
    }

    /** Since the whole start has begun. */
    Duration elapsed() {
        return Duration.ofNanos(scheduler.nanoTime() - begunNanos);
    }

    /** The sums over all hops so far. */
    synchronized Map<StartPhase, Duration> durations() {
        EnumMap<StartPhase, Duration> sums = new EnumMap<>(took);
        if (before != null) {
            before.durations().forEach((phase, time) -> sums.merge(phase, time, Duration::plus));
        }
        return Collections.unmodifiableMap(sums);
    }
}
