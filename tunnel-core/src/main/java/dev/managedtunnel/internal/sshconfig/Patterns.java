package dev.managedtunnel.internal.sshconfig;

import java.util.Locale;

/** OpenSSH's patterns: {@code *} for any characters, {@code ?} for one. */
final class Patterns {
    private Patterns() {}

    /** Whether a pattern matches all of a text; case counts. */
    static boolean matches(String text, String pattern) {
        int at = 0;
        int in = 0;
        int star = -1;
        int retry = 0;
        while (at < text.length()) {
            if (in < pattern.length() && pattern.charAt(in) == '*') {
                star = in++;
                retry = at;
            } else if (in < pattern.length() && (pattern.charAt(in) == '?' || pattern.charAt(in) == text.charAt(at))) {
                in++;
                at++;
            } else if (star >= 0) {
                // The last star takes one character more; those before it need not be tried again.
                in = star + 1;
                at = ++retry;
            } else {
                return false;
            }
        }
        while (in < pattern.length() && pattern.charAt(in) == '*') {
            in++;
        }
        return in == pattern.length();
    }

    /** Whether one of several patterns, with commas between them, matches, and none that begins with {@code !} does. */
    static boolean matchesAny(String text, String patterns) {
        boolean any = false;
        for (String pattern : patterns.split(",", -1)) {
            boolean negated = pattern.startsWith("!");
            if (matches(text, negated ? pattern.substring(1) : pattern)) {
                if (negated) {
                    return false;
                }
                any = true;
            }
        }
        return any;
    }

    /** The same for host names, where case does not count. */
    static boolean matchesAnyHost(String host, String patterns) {
        return matchesAny(host.toLowerCase(Locale.ROOT), patterns.toLowerCase(Locale.ROOT));
    }
}
