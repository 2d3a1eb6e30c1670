package dev.managedtunnel.internal.sshconfig;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ssh} is told to connect to: {@code [user@]host}, for a jump host {@code [user@]host[:port]}, or {@code
 * ssh://[user@]host[:port]}.
 */
record Destination(
        @Nullable String user, String host, @Nullable String port) {
    private static final String SCHEME = "ssh://";
    private static final Pattern HOST_AND_PORT = Pattern.compile("(?:\\[([^]]+)]|([^:/\\[\\]\\s]+))(?::(\\d+)?)?");

    /**
     * What a caller asks for.
     *
     * @throws IllegalArgumentException when it is not of that form
     */
    static Destination asked(String text) {
        return parse(text, text.startsWith(SCHEME));
    }

    /**
     * One jump host.
     *
     * @throws IllegalArgumentException when it is not of that form
     */
    static Destination jump(String text) {
        return parse(text, true);
    }

    private static Destination parse(String text, boolean withPort) {
        String rest = text.startsWith(SCHEME) ? text.substring(SCHEME.length()) : text;
        int at = rest.lastIndexOf('@');
        String user = at < 0 ? null : rest.substring(0, at);
        String host = rest.substring(at + 1);
        if (host.isEmpty() || (user != null && user.isEmpty())) {
            throw new IllegalArgumentException(
                    "'" + text + "' has no " + (host.isEmpty() ? "host" : "user") + "; write user@host");
        }
        if (!withPort) {
            return new Destination(user, host, null);
        }
        Matcher place = HOST_AND_PORT.matcher(host);
        if (!place.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no host; write user@host:22, IPv6 in brackets");
        }
        String name = place.group(1) == null ? place.group(2) : place.group(1);
        return new Destination(user, String.valueOf(name), place.group(3));
    }
}
