package dev.managedtunnel;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An SSH server that carries the tunnel, OpenSSH's {@code user@host -p port}, and how to get there. Immutable; the methods
 * that change something return changed copies. Equal by user, host, port and the way there: so two uplinks to one server
 * are two gateways.
 */
public final class Gateway {
    /** The port of SSH, 22. */
    public static final int DEFAULT_PORT = 22;

    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    private final String user;
    private final Endpoint.Tcp endpoint;
    private final @Nullable Gateway via;
    private final @Nullable Proxy proxy;
    private final @Nullable InetAddress bindAddress;
    private final List<Credentials> credentials;
    private final @Nullable HostKeys hostKeys;
    private final @Nullable String hostKeyAlias;

    private Gateway(
            String user,
            Endpoint.Tcp endpoint,
            @Nullable Gateway via,
            @Nullable Proxy proxy,
            @Nullable InetAddress bindAddress,
            List<Credentials> credentials,
            @Nullable HostKeys hostKeys,
            @Nullable String hostKeyAlias) {
        this.user = user;
        this.endpoint = endpoint;
        this.via = via;
        this.proxy = proxy;
        this.bindAddress = bindAddress;
        this.credentials = credentials;
        this.hostKeys = hostKeys;
        this.hostKeyAlias = hostKeyAlias;
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
        return new Gateway(user, new Endpoint.Tcp(host, port), null, null, null, List.of(), null, null);
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

    /**
     * The same gateway, reached through a jump host: {@code ProxyJump}. The jump host may itself be reached through one, to
     * any depth. Each hop is a session of its own, with its own keep-alive; together they come up within the one {@link
     * TunnelSpec.Builder#connectTimeout} and end together. No port is opened for them.
     *
     * @throws IllegalStateException when it has a {@link #proxy} or a {@link #bindAddress}: set these on the first hop
     */
    public Gateway via(Gateway jumpHost) {
        Objects.requireNonNull(jumpHost, "jump host");
        refuseBeside(jumpHost, proxy, "a proxy");
        refuseBeside(jumpHost, bindAddress, "a bind address");
        return new Gateway(user, endpoint, jumpHost, null, null, credentials, hostKeys, hostKeyAlias);
    }

    /**
     * The same gateway, reached through a proxy.
     *
     * @throws IllegalStateException when it is reached through a jump host: set the proxy on the first hop
     */
    public Gateway proxy(Proxy newProxy) {
        Objects.requireNonNull(newProxy, "proxy");
        refuseBeside(newProxy, via, "a jump host");
        return new Gateway(user, endpoint, null, newProxy, bindAddress, credentials, hostKeys, hostKeyAlias);
    }

    /**
     * The same gateway, connected to from this address of this machine, and so by that uplink: {@code BindAddress}.
     * Default: the system's choice.
     *
     * @throws IllegalStateException when it is reached through a jump host: set the address on the first hop
     */
    public Gateway bindAddress(InetAddress address) {
        Objects.requireNonNull(address, "bind address");
        refuseBeside(address.getHostAddress(), via, "a jump host");
        return new Gateway(user, endpoint, null, proxy, address, credentials, hostKeys, hostKeyAlias);
    }

    private void refuseBeside(Object wanted, @Nullable Object there, String what) {
        if (there != null) {
            throw new IllegalStateException("gateway " + this + ": '" + wanted + "' can't be set beside " + what
                    + "; set it on the first jump host");
        }
    }

    /**
     * The same gateway with credentials of its own, tried in this order instead of the tunnel's. Default: the tunnel's.
     */
    public Gateway credentials(Credentials... values) {
        return new Gateway(user, endpoint, via, proxy, bindAddress, List.of(values), hostKeys, hostKeyAlias);
    }

    /** The same gateway, its host key checked this way instead of the tunnel's. Default: the tunnel's. */
    public Gateway hostKeys(HostKeys value) {
        Objects.requireNonNull(value, "host keys");
        return new Gateway(user, endpoint, via, proxy, bindAddress, credentials, value, hostKeyAlias);
    }

    /**
     * The same gateway, looked up under this name in known_hosts files, instead of its host and port: {@code
     * HostKeyAlias}.
     *
     * @throws IllegalArgumentException when it is no host name
     */
    public Gateway hostKeyAlias(String alias) {
        Checks.host("host key alias", alias);
        return new Gateway(user, endpoint, via, proxy, bindAddress, credentials, hostKeys, alias);
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

    /** The jump host it is reached through. */
    public Optional<Gateway> via() {
        return Optional.ofNullable(via);
    }

    /** The proxy it is reached through. */
    public Optional<Proxy> proxy() {
        return Optional.ofNullable(proxy);
    }

    /** The address of this machine it is connected to from. */
    public Optional<InetAddress> bindAddress() {
        return Optional.ofNullable(bindAddress);
    }

    /** Its own credentials; empty: the tunnel's. */
    public List<Credentials> credentials() {
        return credentials;
    }

    /** How its host key is checked, when not as the tunnel says. */
    public Optional<HostKeys> hostKeys() {
        return Optional.ofNullable(hostKeys);
    }

    /** The name its host key goes by. */
    public Optional<String> hostKeyAlias() {
        return Optional.ofNullable(hostKeyAlias);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Gateway that
                && user.equals(that.user)
                && endpoint.equals(that.endpoint)
                && Objects.equals(via, that.via)
                && Objects.equals(proxy, that.proxy)
                && Objects.equals(bindAddress, that.bindAddress);
    }

    @Override
    public int hashCode() {
        return Objects.hash(user, endpoint, via, proxy, bindAddress);
    }

    /** {@code user@host:port}, and the way there where it is not the plain one. */
    @Override
    public String toString() {
        return user + "@" + endpoint
                + (bindAddress == null ? "" : " from " + bindAddress.getHostAddress())
                + (proxy == null ? "" : " through " + proxy)
                + (via == null ? "" : " via " + via);
    }
}
