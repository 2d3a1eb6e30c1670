package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.internal.link.StartPhase;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** In which phase a start is, and how long each took. Phases only go forward. Thread-safe. */
final class Phases {
    private final Scheduler scheduler;
    private final long begunNanos;
    private final EnumMap<StartPhase, Duration> took = new EnumMap<>(StartPhase.class);
    private @Nullable StartPhase current;
    private long sinceNanos;

    Phases(Scheduler scheduler) {
        this.scheduler = scheduler;
        begunNanos = scheduler.nanoTime();
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

    Duration elapsed() {
        return Duration.ofNanos(scheduler.nanoTime() - begunNanos);
    }

    synchronized Map<StartPhase, Duration> durations() {
        return Collections.unmodifiableMap(new EnumMap<>(took));
    }
}
