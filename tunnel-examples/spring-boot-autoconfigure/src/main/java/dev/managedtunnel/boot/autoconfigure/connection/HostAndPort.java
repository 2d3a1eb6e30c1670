package dev.managedtunnel.boot.autoconfigure.connection;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One server in a connection URL, {@code [user@]host[:port][rest]}.
 *
 * @param before a user with its {@code @}, else empty
 * @param host without brackets
 * @param after what stands behind, such as Oracle's {@code :sid}
 */
record HostAndPort(String before, String host, int port, String after) {
    private static final Pattern SERVER = Pattern.compile("(?<before>(?:.*@)?)"
            + "(?:\\[(?<ipv6>[^\\]]*)]|(?<host>[^:\\[\\]@\\\\]+))"
            + "(?::(?<port>[0-9]{1,5})(?<after>:.*)?)?");

    /**
     * The server that a text is.
     *
     * @param defaultPort where none is written; 0 when there is no default
     * @return null when it is none
     */
    static @Nullable HostAndPort parse(String text, int defaultPort) {
        Matcher match = SERVER.matcher(text);
        if (!match.matches() || (match.group("port") == null && defaultPort == 0)) {
            return null;
        }
        return new HostAndPort(
                match.group("before"),
                match.group("ipv6") == null ? match.group("host") : match.group("ipv6"),
                match.group("port") == null ? defaultPort : Integer.parseInt(match.group("port")),
                match.group("after") == null ? "" : match.group("after"));
    }

    /** The same, at another address. */
    String at(InetSocketAddress address) {
        String place = address.getAddress().getHostAddress();
        return before + (place.indexOf(':') >= 0 ? "[" + place + "]" : place) + ":" + address.getPort() + after;
    }
}
