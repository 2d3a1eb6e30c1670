package dev.managedtunnel.examples.jdbcpool;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A PostgreSQL URL that names the database as the gateway sees it. Its text is never shown, since it may hold a password.
 *
 * @param host the database's host, IPv6 without brackets
 * @param port the database's port
 * @param rest what follows host and port: database and parameters
 */
record JdbcUrl(String host, int port, String rest) {
    private static final String PREFIX = "jdbc:postgresql:";
    private static final int DEFAULT_PORT = 5432;
    private static final Pattern PLACE = Pattern.compile("(?:\\[([^\\]]+)]|([^:@\\[\\]]+))(?::(\\d{1,5}))?");

    /** @throws IllegalArgumentException when it is no such URL, or names no host or several */
    static JdbcUrl parse(String url) {
        if (!url.startsWith(PREFIX)) {
            throw new IllegalArgumentException(
                    "the URL is not one of PostgreSQL; write jdbc:postgresql://host:5432/database");
        }
        String place = url.substring(PREFIX.length());
        if (!place.startsWith("//") || place.matches("//([:/?].*)?")) {
            throw new IllegalArgumentException(
                    "the URL names no host; write the database's host as the gateway sees it, localhost for the gateway"
                            + " itself: jdbc:postgresql://host:5432/database");
        }
        int end = 2;
        while (end < place.length() && "/?".indexOf(place.charAt(end)) < 0) {
            end++;
        }
        String rest = place.substring(end);
        place = place.substring(2, end);
        if (place.indexOf(',') >= 0) {
            throw new IllegalArgumentException("the URL names several hosts; give one, a forward has one target");
        }
        Matcher parts = PLACE.matcher(place);
        int port = -1;
        if (parts.matches()) {
            port = parts.group(3) == null ? DEFAULT_PORT : Integer.parseInt(parts.group(3));
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("the URL has no valid host and port;"
                    + " write jdbc:postgresql://host:5432/database, user and password are options of their own");
        }
        return new JdbcUrl(parts.group(1) != null ? parts.group(1) : parts.group(2), port, rest);
    }

    /** The same database, reached by another address: the tunnel's. */
    String at(String address, int localPort) {
        return PREFIX + "//" + address + ":" + localPort + rest;
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
