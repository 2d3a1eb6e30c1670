package dev.managedtunnel;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A listener and a target, or a target alone for use inside this process. Immutable; the {@code with}-style methods return changed copies.
 *
 * <p>This version has local forwards ({@code ssh -L}); remote and dynamic ones come as further permitted types.
 */
public sealed interface Forward {
    /** The forward's name in its tunnel: in logs, metrics and {@link ManagedTunnel#address(String)}. */
    String name();

    /**
     * A local forward to a TCP target as the gateway sees it: {@code ssh -L 127.0.0.1:0:host:port}. It listens on a
     * free port of 127.0.0.1 unless {@code listenOn} says otherwise, and is named after its target.
     *
     * @throws IllegalArgumentException when the host is empty or the port is not 1 to 65535
     */
    static Local local(String host, int port) {
        return local(new Endpoint.Tcp(host, Checks.port("target port", port, 1)));
    }

    /**
     * A local forward to any target as the gateway sees it, such as
     * {@code Endpoint.unixSocket("/run/postgresql/.s.PGSQL.5432")}.
     *
     * @throws IllegalArgumentException when the target is a TCP endpoint with port 0
     */
    static Local local(Endpoint target) {
        if (target instanceof Endpoint.Tcp tcp) {
            Checks.port("target port", tcp.port(), 1);
        }
        return new Local(target.toString(), new Endpoint.Tcp(Local.LOOPBACK, 0), target);
    }

    /**
     * {@code ssh -L}: a listener on this machine, a target reached from the gateway. With or without the listener,
     * {@link ManagedTunnel#socketFactory} connects to the target from inside this process. Immutable.
     */
    final class Local implements Forward {
        static final String LOOPBACK = "127.0.0.1";

        private final String name;
        private final @Nullable Endpoint listen;
        private final Endpoint target;

        private Local(String name, @Nullable Endpoint listen, Endpoint target) {
            this.name = name;
            this.listen = listen;
            this.target = target;
        }

        /**
         * The same forward under another name. Default: the target's text.
         *
         * @throws IllegalArgumentException when the name is empty or holds control characters
         */
        public Local named(String newName) {
            return new Local(Checks.text("forward name", newName), listen, target);
        }

        /**
         * Listens on this port of 127.0.0.1; 0 (the default) is any free port.
         *
         * @throws IllegalArgumentException when the port is not 0 to 65535
         */
        public Local listenOn(int port) {
            return listenOn(LOOPBACK, port);
        }

        /**
         * Listens on this address and port. An address other than loopback lets other machines use the tunnel, as
         * {@code ssh -g} does: nothing but the network then protects the target.
         *
         * @throws IllegalArgumentException when the address is empty or the port is not 0 to 65535
         */
        public Local listenOn(String address, int port) {
            return new Local(name, new Endpoint.Tcp(address, port), target);
        }

        /**
         * Listens on a Unix domain socket, created with mode 0600 and removed on close. A stale socket file there is
         * replaced when nobody listens on it (OpenSSH's {@code StreamLocalBindUnlink}).
         *
         * @throws IllegalArgumentException when the path is too long for a socket
         */
        public Local listenOn(Path socket) {
            return new Local(
                    name,
                    new Endpoint.UnixSocket(
                            UserHome.expand(socket).toAbsolutePath().toString()),
                    target);
        }

        /**
         * Does not listen at all: only {@link ManagedTunnel#socketFactory} connects to the target, so no other process
         * of this machine can.
         */
        public Local inProcessOnly() {
            return new Local(name, null, target);
        }

        @Override
        public String name() {
            return name;
        }

        /** Where it listens on this machine, as asked for: the port may be 0. Empty when {@link #inProcessOnly}. */
        public Optional<Endpoint> listen() {
            return Optional.ofNullable(listen);
        }

        /** What connections are led to, seen from the gateway. */
        public Endpoint target() {
            return target;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Local that
                    && name.equals(that.name)
                    && Objects.equals(listen, that.listen)
                    && target.equals(that.target);
        }

        @Override
        public int hashCode() {
            return Objects.hash(name, listen, target);
        }

        /** {@code listen -> target}, and the name where it was given. */
        @Override
        public String toString() {
            return (name.equals(target.toString()) ? "" : name + " ") + (listen == null ? "in-process" : listen)
                    + " -> " + target;
        }
    }
}
