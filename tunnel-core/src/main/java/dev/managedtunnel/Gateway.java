package dev.managedtunnel;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * An SSH server that carries the tunnel: OpenSSH's {@code user@host -p port}. Immutable, equal by user, host and port.
 */
public final class Gateway {
    /** The port of SSH, 22. */
    public static final int DEFAULT_PORT = 22;

    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    private final String user;
    private final Endpoint.Tcp endpoint;

    private Gateway(String user, Endpoint.Tcp endpoint) {
        this.user = user;
        this.endpoint = endpoint;
    }

    /**
     * A gateway from its parts.
     *
     * @throws IllegalArgumentException when the user or host is empty, or the port is not 1 to 65535
     */
    public static Gateway of(String user, String host, int port) {
        Checks.text("gateway user", user);
        if (!user.equals(user.strip())) {
            throw Checks.bad("gateway user", user, "begins or ends with a space; remove it");
        }
        Checks.host("gateway host", host);
        Checks.port("gateway port", port, 1);
        return new Gateway(user, new Endpoint.Tcp(host, port));
    }

    /**
     * A gateway as OpenSSH writes it: {@code [user@]host[:port]}, an IPv6 address in brackets when a port follows.
     * Without a user it is this process's user ({@code user.name}), without a port 22.
     *
     * @throws IllegalArgumentException when the text is not of that form
     */
    public static Gateway parse(String text) {
        Checks.text("gateway", text);
        int at = text.lastIndexOf('@');
        if (at == 0 || at == text.length() - 1) {
            throw Checks.bad("gateway", text, "has no " + (at == 0 ? "user" : "host") + "; write user@host:22");
        }
        if (text.contains("://")) {
            throw new IllegalArgumentException("gateway: it is no URL; write user@host:22, without a scheme");
        }
        if (text.lastIndexOf(':', at) >= 0) {
            // Not shown: what stands there is most likely a password.
            throw new IllegalArgumentException(
                    "gateway: its user holds a ':'; write user@host:22 and give a password as"
                            + " Credentials.password(...), or call Gateway.of when the name really has one");
        }
        String user = at < 0 ? System.getProperty("user.name", "") : text.substring(0, at);
        String place = text.substring(at + 1);
        if (place.startsWith("[")) {
            int end = place.indexOf(']');
            if (end < 0) {
                throw Checks.bad("gateway", text, "has no closing ']'; write user@[::1]:22");
            }
            String rest = place.substring(end + 1);
            if (!rest.isEmpty() && !rest.startsWith(":")) {
                throw Checks.bad("gateway", text, "has '" + rest + "' behind the address; write user@[::1]:22");
            }
            return of(user, place.substring(1, end), rest.isEmpty() ? DEFAULT_PORT : port(text, rest.substring(1)));
        }
        int colon = place.indexOf(':');
        if (colon < 0 || place.indexOf(':', colon + 1) >= 0) {
            return of(user, place, DEFAULT_PORT);
        }
        return of(user, place.substring(0, colon), port(text, place.substring(colon + 1)));
    }

    private static int port(String text, String digits) {
        if (!PORT.matcher(digits).matches()) {
            throw Checks.bad("gateway", text, "has the port '" + digits + "'; give a number from 1 to 65535");
        }
        return Integer.parseInt(digits);
    }

    /** The user to log in as. */
    public String user() {
        return user;
    }

    /** The host name or address, IPv6 without brackets. */
    public String host() {
        return endpoint.host();
    }

    /** The TCP port. */
    public int port() {
        return endpoint.port();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Gateway that && user.equals(that.user) && endpoint.equals(that.endpoint);
    }

    @Override
    public int hashCode() {
        return Objects.hash(user, endpoint);
    }

    /** {@code user@host:port}. */
    @Override
    public String toString() {
        return user + "@" + endpoint;
    }
}
