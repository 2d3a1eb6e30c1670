package dev.managedtunnel;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where a connection comes in or goes to: a TCP host and port, or the path of a Unix domain socket. Immutable. */
public sealed interface Endpoint {
    /**
     * A TCP endpoint.
     *
     * @param host a name or an address, IPv6 without brackets; {@code *} only where something is listened on, and means
     *     every address
     * @param port 0 to 65535; 0 only where something is listened on, and means any free port
     * @throws IllegalArgumentException when the host is no host name or address, or the port out of range
     */
    static Tcp tcp(String host, int port) {
        return new Tcp(host, port);
    }

    /**
     * A Unix domain socket. On this machine when it is listened on, on the gateway when it is a target.
     *
     * @param path the socket's absolute path; a leading {@code ~} is not expanded on the gateway
     * @throws IllegalArgumentException when the path is empty, not absolute, or longer than a socket path may be
     *     (107 bytes)
     */
    static UnixSocket unixSocket(String path) {
        return new UnixSocket(path);
    }

    /** Refuses what can only be listened on. */
    static <E extends Endpoint> E requireTarget(E target) {
        if (target instanceof Tcp tcp) {
            Checks.host("target host", tcp.host());
            Checks.port("target port", tcp.port(), 1);
        }
        return target;
    }

    /**
     * A TCP endpoint.
     *
     * @param host a name or an address, IPv6 without brackets, or {@code *}
     * @param port 0 to 65535
     */
    record Tcp(String host, int port) implements Endpoint {
        /** Every address of the machine that listens. */
        public static final String ANY_ADDRESS = "*";

        public Tcp {
            if (!host.equals(ANY_ADDRESS)) {
                Checks.host("host", host);
            }
            Checks.port("port", port, 0);
        }

        /** {@code host:port}, IPv6 addresses in brackets. */
        @Override
        public String toString() {
            return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /**
     * A Unix domain socket.
     *
     * @param path the absolute path of the socket
     */
    record UnixSocket(String path) implements Endpoint {
        private static final int LONGEST_PATH = 107;

        public UnixSocket {
            Checks.text("socket path", path);
            if (!path.startsWith("/") && !Path.of(path).isAbsolute()) {
                throw Checks.bad("socket path", path, "is not absolute; give the whole path, without '~'");
            }
            int bytes = path.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > LONGEST_PATH) {
                throw Checks.bad(
                        "socket path",
                        path,
                        "has " + bytes + " bytes; the system allows " + LONGEST_PATH + "; shorten it");
            }
        }

        /** This path on the local file system. */
        public Path toPath() {
            return Path.of(path);
        }

        @Override
        public String toString() {
            return path;
        }
    }
}
