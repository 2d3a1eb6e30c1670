package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import org.slf4j.event.Level;

/** Lets a repeated log line be a WARN only once in a while. Loop only. */
final class QuietTime {
    private static final Duration LENGTH = Duration.ofSeconds(60);

    private final Scheduler scheduler;
    private boolean begun;
    private long last;

    QuietTime(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** WARN for the first line and for the first after a quiet time, else DEBUG. */
    Level level() {
        long now = scheduler.nanoTime();
        if (begun && now - last < LENGTH.toNanos()) {
            return Level.DEBUG;
        }
        begun = true;
        last = now;
        return Level.WARN;
    }
}
