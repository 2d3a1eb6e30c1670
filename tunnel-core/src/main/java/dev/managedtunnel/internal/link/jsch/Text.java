package dev.managedtunnel.internal.link.jsch;

import java.time.Duration;
import java.util.Locale;

/** Makes what others sent, and durations, fit for a line of log or an exception's message. */
final class Text {
    private static final int SHOWN = 400;

    private Text() {}

    /** Without line ends and control characters, which could forge log lines or move a terminal's cursor. */
    static String oneLine(String foreign) {
        return oneLine(foreign, SHOWN);
    }

    static String oneLine(String foreign, int most) {
        String line = foreign.replaceAll("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029]+", " ")
                .strip();
        return line.length() <= most ? line : line.substring(0, most) + "…";
    }

    static String of(Duration time) {
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
