package dev.managedtunnel;

import java.time.Duration;
import java.util.regex.Pattern;

/** The one place that words what is wrong with a setting: the field, the value, the range or remedy. */
final class Checks {
    /** Longer than any sane setting, short enough that nanosecond arithmetic on it cannot overflow. */
    private static final Duration LONGEST = Duration.ofDays(10_000);

    private static final String NOT_IN_HOST = "[]@/\\*?#,;\u00a0";

    /** Not the whole grammar: enough to tell an address, with its zone, from {@code host:port}. */
    private static final Pattern IPV6 = Pattern.compile("(?=.*::|(.*:){6})[0-9A-Fa-f:.]+(%[0-9A-Za-z._~-]+)?");

    private Checks() {}

    /** Control characters are not shown as they are: a value must not be able to forge a line in a log. */
    static IllegalArgumentException bad(String field, Object value, String remedy) {
        String shown = value.toString().replaceAll("\\p{Cntrl}", "?");
        return new IllegalArgumentException(field + ": '" + shown + "' " + remedy);
    }

    static String text(String field, String value) {
        if (value.isBlank()) {
            throw bad(field, value, "is empty; give a value");
        }
        for (int i = 0; i < value.length(); i++) {
            if (Character.isISOControl(value.charAt(i))) {
                throw bad(field, value, "holds a control character; remove it");
            }
        }
        return value;
    }

    /** A host name or address. What is no name is refused here and not by a name server minutes later. */
    static String host(String field, String value) {
        text(field, value);
        boolean fine = value.indexOf(':') >= 0
                ? IPV6.matcher(value).matches()
                : value.chars().noneMatch(c -> Character.isWhitespace(c) || NOT_IN_HOST.indexOf(c) >= 0);
        if (!fine) {
            throw bad(field, value, "is no host; give a name or an address, without port, user, brackets or spaces");
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
        return range(field, value, least, LONGEST);
    }

    static Duration range(String field, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw bad(field, value, "is out of range; give " + least + " to " + most);
        }
        return value;
    }
}
