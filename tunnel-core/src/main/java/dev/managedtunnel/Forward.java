package dev.managedtunnel;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a tunnel forwards: a listener on one side, a target on the other. Immutable; the methods that change something
 * return changed copies.
 */
public sealed interface Forward {
    /** The forward's name in its tunnel: in logs, metrics and {@link ManagedTunnel#address(String)}. */
    String name();

    /**
     * Where it listens, as asked for: the port may be 0. On this machine, but for a {@link Remote} one, which listens on
     * the gateway's. Empty for a {@link Local} one that is {@linkplain Local#inProcessOnly() for in-process use only}.
     */
    Optional<Endpoint> listen();

    /** The same forward under another name. */
    Forward named(String newName);

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
        return new Local(target.toString(), new Endpoint.Tcp(Local.LOOPBACK, 0), Endpoint.requireTarget(target));
    }

    /**
     * A remote forward to a TCP target as this machine sees it: {@code ssh -R port:host:targetPort}. The gateway listens
     * on its loopback address unless {@code listenOn} says otherwise. It is named after its target.
     *
     * @param port the gateway's; 0 lets the gateway choose one, anew with each session, which {@link
     *     ManagedTunnel#address(String)} tells
     * @throws IllegalArgumentException when the host is empty, the port not 0 to 65535, or the target port not 1 to 65535
     */
    static Remote remote(int port, String targetHost, int targetPort) {
        return remote(port, new Endpoint.Tcp(targetHost, Checks.port("target port", targetPort, 1)));
    }

    /**
     * A remote forward to any target as this machine sees it, such as {@code Endpoint.unixSocket("/run/app.sock")}.
     *
     * @param port the gateway's; 0 lets the gateway choose one
     * @throws IllegalArgumentException when the port is not 0 to 65535, or the target a TCP endpoint with port 0
     */
    static Remote remote(int port, Endpoint target) {
        return new Remote(
                target.toString(), new Endpoint.Tcp(Remote.GATEWAY_LOOPBACK, port), Endpoint.requireTarget(target));
    }

    /**
     * A dynamic forward: {@code ssh -D}. It is a SOCKS5 and SOCKS4a proxy on a free port of 127.0.0.1, unless {@code
     * listenOn} says otherwise, for CONNECT only and without authentication; each client names its own target, which the
     * gateway looks up. It is named {@code dynamic}.
     */
    static Dynamic dynamic() {
        return new Dynamic("dynamic", new Endpoint.Tcp(Local.LOOPBACK, 0));
    }

    /**
     * A dynamic forward that listens on this port of 127.0.0.1: {@code ssh -D port}.
     *
     * @param port 0 to 65535; 0 is any free port
     * @throws IllegalArgumentException when the port is out of range
     */
    static Dynamic dynamic(int port) {
        return dynamic().listenOn(port);
    }

    /**
     * A forward as {@code ssh} writes it, option and value: {@code parse("-L", "5432:db.internal:5432")}.
     *
     * <ul>
     *   <li>{@code -L [address:]port:host:port}, {@code -L [address:]port:/socket}, {@code -L /socket:host:port}, {@code
     *       -L /socket:/socket}
     *   <li>{@code -R [address:]port:host:port}, {@code -R [address:]port:/socket}
     *   <li>{@code -D [address:]port}
     * </ul>
     *
     * <p>An IPv6 address is put in brackets. Without an address a forward listens on loopback, with an empty one or {@code
     * *} on every address. It is named as by {@link #local}, {@link #remote} and {@link #dynamic}.
     *
     * <p>Unlike {@code ssh} it takes port 0 everywhere, any free port, but no names of services; socket paths have to be
     * absolute; and it expands no <code>${VARIABLE}</code>. A dynamic or remote forward can't listen on a socket, and a
     * remote one needs a target ({@code ssh}'s remote dynamic forwarding is not supported).
     *
     * @param option {@code -L}, {@code -R} or {@code -D}
     * @throws IllegalArgumentException when it is not of that form; the text says at which character, and what was
     *     expected there
     */
    static Forward parse(String option, String value) {
        return ForwardSyntax.parse(option, value);
    }

    /**
     * A forward as {@code ssh} writes it, in one: {@code "-L5432:db.internal:5432"}, or with spaces behind the option.
     *
     * @throws IllegalArgumentException as {@link #parse(String, String)}
     */
    static Forward parse(String text) {
        int length = Math.min(2, text.length());
        return parse(text.substring(0, length), text.substring(length).stripLeading());
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
        @Override
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
         * Listens on this address and port; {@code "*"} is every address. One other than loopback lets other machines use the tunnel, as
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

        @Override
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

    /**
     * {@code ssh -R}: a listener on the gateway, a target reached from this machine. Asking for the listener is part of
     * each session's start: when the gateway refuses it, the start has failed ({@code ExitOnForwardFailure=yes}).
     * Immutable.
     */
    final class Remote implements Forward {
        static final String GATEWAY_LOOPBACK = "localhost";

        private final String name;
        private final Endpoint.Tcp listen;
        private final Endpoint target;

        private Remote(String name, Endpoint.Tcp listen, Endpoint target) {
            this.name = name;
            this.listen = listen;
            this.target = target;
        }

        /**
         * The same forward under another name. Default: the target's text.
         *
         * @throws IllegalArgumentException when the name is empty or holds control characters
         */
        @Override
        public Remote named(String newName) {
            return new Remote(Checks.text("forward name", newName), listen, target);
        }

        /**
         * Lets the gateway listen on this address of its own, or on all of them for {@code "*"}. sshd heeds it with
         * {@code GatewayPorts clientspecified} only, else it listens on loopback.
         *
         * @throws IllegalArgumentException when the address is empty or the port is not 0 to 65535
         */
        public Remote listenOn(String address, int port) {
            return new Remote(name, new Endpoint.Tcp(address, port), target);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Optional<Endpoint> listen() {
            return Optional.of(listen);
        }

        /** What connections are led to, seen from this machine. */
        public Endpoint target() {
            return target;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Remote that
                    && name.equals(that.name)
                    && listen.equals(that.listen)
                    && target.equals(that.target);
        }

        @Override
        public int hashCode() {
            return Objects.hash(name, listen, target);
        }

        /** {@code remote listen -> target}, and the name where it was given. */
        @Override
        public String toString() {
            return (name.equals(target.toString()) ? "" : name + " ") + "remote " + listen + " -> " + target;
        }
    }

    /** {@code ssh -D}: a SOCKS proxy on this machine whose clients name targets as the gateway sees them. Immutable. */
    final class Dynamic implements Forward {
        private final String name;
        private final Endpoint.Tcp listen;

        private Dynamic(String name, Endpoint.Tcp listen) {
            this.name = name;
            this.listen = listen;
        }

        /**
         * The same forward under another name. Default: {@code dynamic}.
         *
         * @throws IllegalArgumentException when the name is empty or holds control characters
         */
        @Override
        public Dynamic named(String newName) {
            return new Dynamic(Checks.text("forward name", newName), listen);
        }

        /**
         * Listens on this port of 127.0.0.1; 0 (the default) is any free port.
         *
         * @throws IllegalArgumentException when the port is not 0 to 65535
         */
        public Dynamic listenOn(int port) {
            return listenOn(Local.LOOPBACK, port);
        }

        /**
         * Listens on this address and port; {@code "*"} is every address. With one other than loopback, any machine that reaches it reaches
         * whatever the gateway reaches: there is no authentication.
         *
         * @throws IllegalArgumentException when the address is empty or the port is not 0 to 65535
         */
        public Dynamic listenOn(String address, int port) {
            return new Dynamic(name, new Endpoint.Tcp(address, port));
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Optional<Endpoint> listen() {
            return Optional.of(listen);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Dynamic that && name.equals(that.name) && listen.equals(that.listen);
        }

        @Override
        public int hashCode() {
            return Objects.hash(name, listen);
        }

        /** {@code dynamic listen}, and the name where it was given. */
        @Override
        public String toString() {
            return (name.equals("dynamic") ? "" : name + " ") + "dynamic " + listen;
        }
    }
}
