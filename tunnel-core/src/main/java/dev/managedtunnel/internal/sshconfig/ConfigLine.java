package dev.managedtunnel.internal.sshconfig;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line with an option, and the ways to read its arguments. What is wrong is said with the line's place.
 *
 * @param place file and number of the line
 * @param keyword as it is written
 * @param arguments without quotes; at least one
 */
record ConfigLine(String place, String keyword, List<String> arguments) {
    private static final Map<String, Boolean> FLAGS = Map.of("yes", true, "true", true, "no", false, "false", false);
    private static final Pattern TIME = Pattern.compile("(\\d{1,9})([sSmMhHdDwW]?)");
    private static final Map<String, Integer> UNITS =
            Map.of("", 1, "s", 1, "m", 60, "h", 3_600, "d", 86_400, "w", 604_800);

    /** How options are looked up: case does not count. */
    String key() {
        return keyword.toLowerCase(Locale.ROOT);
    }

    /** The argument of an option that takes one. */
    String argument() {
        if (arguments.size() > 1) {
            throw bad(arguments.get(1), "is one argument too many; remove it, or put quotes around all of it");
        }
        String argument = arguments.get(0);
        if (argument.isEmpty()) {
            throw bad(argument, "is empty; give a value");
        }
        return argument;
    }

    /** Whether the only argument is this word. */
    boolean is(String word) {
        return arguments.size() == 1 && arguments.get(0).equalsIgnoreCase(word);
    }

    /** Yes or no. */
    boolean flag() {
        Boolean flag = FLAGS.get(argument().toLowerCase(Locale.ROOT));
        if (flag == null) {
            throw bad(argument(), "is neither yes nor no; give one of these");
        }
        return flag;
    }

    /** A port to connect to. */
    int port() {
        return number(1, 65_535);
    }

    /** A number in a range. */
    int number(int least, int most) {
        String argument = argument();
        if (argument.matches("\\d{1,9}")) {
            int number = Integer.parseInt(argument);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw bad(argument, "is no number from " + least + " to " + most + "; give one");
    }

    /** A time as {@code 90}, {@code 90s} or {@code 1m30s}; zero for {@code none}. */
    Duration time() {
        String argument = argument();
        if (argument.equals("none")) {
            return Duration.ZERO;
        }
        long seconds = 0;
        Matcher part = TIME.matcher(argument);
        int at = 0;
        while (at < argument.length() && part.find(at) && part.start() == at) {
            Integer unit = UNITS.getOrDefault(part.group(2).toLowerCase(Locale.ROOT), 1);
            seconds += Long.parseLong(part.group(1)) * unit;
            at = part.end();
        }
        if (at < argument.length() || seconds > Integer.MAX_VALUE) {
            throw bad(argument, "is no time; give seconds, or such as 1m30s");
        }
        return Duration.ofSeconds(seconds);
    }

    /** What a check of ours says is wrong, with this line's place. */
    <T> T checked(Supplier<T> check) {
        try {
            return check.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(place + ": " + keyword + ": " + e.getMessage(), e);
        }
    }

    /** A wrong argument. */
    IllegalArgumentException bad(String argument, String remedy) {
        return wrong("'" + argument.replaceAll("\\p{Cntrl}", "?") + "' " + remedy);
    }

    /** Something else that is wrong. */
    IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(place + ": " + keyword + " " + what);
    }
}
