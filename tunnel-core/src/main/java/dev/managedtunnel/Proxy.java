package dev.managedtunnel;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A proxy on the way to a gateway: what {@code ProxyCommand nc -X connect -x proxy:port %h %p} is for OpenSSH. It looks the
 * gateway's name up. Immutable, and free of secrets: its password is asked for on each session start.
 */
public final class Proxy {
    /** How a proxy is talked to. */
    public enum Kind {
        /** HTTP with the method CONNECT; Basic authentication. */
        HTTP,
        /** SOCKS version 5; authentication by user name and password. */
        SOCKS5
    }

    private static final int LONGEST_SOCKS_USER = 255;

    private final Kind kind;
    private final Endpoint.Tcp address;
    private final @Nullable String user;
    private final @Nullable Supplier<char[]> password;

    private Proxy(Kind kind, Endpoint.Tcp address, @Nullable String user, @Nullable Supplier<char[]> password) {
        this.kind = kind;
        this.address = address;
        this.user = user;
        this.password = password;
    }

    /**
     * An HTTP proxy that allows CONNECT to the gateway's port.
     *
     * @throws IllegalArgumentException when the host is empty or the port is not 1 to 65535
     */
    public static Proxy http(String host, int port) {
        return new Proxy(Kind.HTTP, Endpoint.requireTarget(new Endpoint.Tcp(host, port)), null, null);
    }

    /**
     * A SOCKS5 proxy.
     *
     * @throws IllegalArgumentException when the host is empty or the port is not 1 to 65535
     */
    public static Proxy socks5(String host, int port) {
        return new Proxy(Kind.SOCKS5, Endpoint.requireTarget(new Endpoint.Tcp(host, port)), null, null);
    }

    /**
     * The same proxy with a login.
     *
     * @param password asked on each session start; the array it returns is overwritten after use, so give a fresh one
     * @throws IllegalArgumentException when the user is empty, or one that the proxy's kind has no way to say: with a
     *     {@code :} for HTTP, of more than 255 bytes for SOCKS5
     */
    public Proxy credentials(String user, Supplier<char[]> password) {
        Checks.text("proxy user", user);
        if (kind == Kind.HTTP && user.indexOf(':') >= 0) {
            throw Checks.bad(
                    "proxy user", user, "holds a ':', which Basic authentication can't say; choose another user");
        }
        if (kind == Kind.SOCKS5 && user.getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKS_USER) {
            throw Checks.bad("proxy user", user, "is longer than the 255 bytes of SOCKS5; choose another user");
        }
        return new Proxy(kind, address, user, Objects.requireNonNull(password, "password"));
    }

    /** How it is talked to. */
    public Kind kind() {
        return kind;
    }

    /** Where it listens. */
    public Endpoint.Tcp address() {
        return address;
    }

    /** Whom it knows us as. */
    public Optional<String> user() {
        return Optional.ofNullable(user);
    }

    /** Where that user's password comes from; there is one whenever there is a user. */
    public Optional<Supplier<char[]>> password() {
        return Optional.ofNullable(password);
    }

    /** By kind, address and user. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Proxy that
                && kind == that.kind
                && address.equals(that.address)
                && Objects.equals(user, that.user);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, address, user);
    }

    /** Such as {@code HTTP proxy proxy.example.com:3128}. */
    @Override
    public String toString() {
        return kind + " proxy " + address;
    }
}
