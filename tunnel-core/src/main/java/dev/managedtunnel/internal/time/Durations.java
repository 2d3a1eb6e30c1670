package dev.managedtunnel.internal.time;

import java.time.Duration;
import java.util.Locale;

/** Durations as people write them. */
public final class Durations {
    private Durations() {}

    /** Such as {@code 12 ms}, {@code 1.5 s}, {@code 30 s}, {@code 5 min}, {@code 3 h}. */
    public static String text(Duration time) {
        long millis = time.toMillis();
        if (millis < 1000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            return millis % 1000 == 0 ? millis / 1000 + " s" : String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
        }
        long minutes = time.toMinutes();
        return minutes < 120 ? minutes + " min" : time.toHours() + " h";
    }
}
