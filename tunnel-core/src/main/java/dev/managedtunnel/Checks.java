package dev.managedtunnel;

import java.time.Duration;

/** The one place that words what is wrong with a setting: the field, the value, the range or remedy. */
final class Checks {
    /** Longer than any sane setting, short enough that nanosecond arithmetic on it cannot overflow. */
    private static final Duration LONGEST = Duration.ofDays(10_000);

    private Checks() {}

    static IllegalArgumentException bad(String field, Object value, String remedy) {
        return new IllegalArgumentException(field + ": '" + value + "' " + remedy);
    }

    static String text(String field, String value) {
        if (value.isBlank()) {
            throw bad(field, value, "is empty; give a value");
        }
        for (int i = 0; i < value.length(); i++) {
            if (Character.isISOControl(value.charAt(i))) {
                throw bad(field, value.replaceAll("\\p{Cntrl}", "?"), "holds a control character; remove it");
            }
        }
        return value;
    }

    static int port(String field, int port, int least) {
        return range(field, port, least, 65_535);
    }

    static int range(String field, int value, int least, int most) {
        if (value < least || value > most) {
            throw bad(field, value, "is out of range; give " + least + " to " + most);
        }
        return value;
    }

    static Duration atLeast(String field, Duration value, Duration least) {
        if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
            throw bad(
                    field,
                    value,
                    "is out of range; give at least " + least + " and at most " + LONGEST.toDays() + " days");
        }
        return value;
    }
}
