package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.Endpoint;

/** Endpoints as they are written in properties. */
final class Endpoints {
    private Endpoints() {}

    /**
     * The path of a Unix domain socket, or host and port.
     *
     * @throws IllegalArgumentException when it is neither
     */
    static Endpoint parse(String text) {
        return text.startsWith("/") ? Endpoint.unixSocket(text) : tcp(text);
    }

    /**
     * {@code host:port}, an IPv6 address in brackets.
     *
     * @throws IllegalArgumentException when it is not
     */
    static Endpoint.Tcp tcp(String text) {
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        if (colon <= 0 || !isPort(port)) {
            throw new IllegalArgumentException("'" + text + "' has no port; write host:port");
        }
        String host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        return Endpoint.tcp(bracketed ? host.substring(1, host.length() - 1) : host, Integer.parseInt(port));
    }

    /** Whether it is a number that may be a port; whether it is one, the library says. */
    static boolean isPort(String text) {
        return text.matches("[0-9]{1,5}");
    }
}
