package dev.managedtunnel.boot.autoconfigure;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * An SSH server and the way to it. An entry that is a text alone is the address.
 *
 * @param address The SSH server, as [user@]host[:port].
 * @param via The jump host to reach it through, as [user@]host[:port]; several with commas between, in the order in which
 *     they are passed, as for OpenSSH's ProxyJump.
 * @param proxy The proxy to reach it through.
 * @param bindAddress The address of this machine to connect from.
 * @param hostKeyAlias The name to look its host key up by in known_hosts files.
 * @param credentials What to log in with here, instead of the tunnel's credentials.
 * @param hostKeys How this host key is checked, instead of as the tunnel says.
 */
record GatewayProperties(
        @Nullable String address,
        @Nullable String via,
        @DefaultValue Proxy proxy,
        @Nullable String bindAddress,
        @Nullable String hostKeyAlias,
        @DefaultValue @NestedConfigurationProperty CredentialsProperties credentials,
        @DefaultValue @NestedConfigurationProperty HostKeysProperties hostKeys) {

    /** What Spring's binder calls where the entry is a text. */
    public static GatewayProperties valueOf(String address) {
        return new GatewayProperties(
                address,
                null,
                new Proxy(null, null, null, null, null),
                null,
                null,
                CredentialsProperties.NONE,
                new HostKeysProperties(List.of(), List.of(), null, null));
    }

    /**
     * A proxy.
     *
     * @param http The address of an HTTP proxy, as host:port.
     * @param socks5 The address of a SOCKS5 proxy, as host:port.
     * @param username The user to log in to the proxy as.
     * @param password The proxy's password.
     * @param passwordSupplier Name of a bean that supplies the proxy's password on each session start, instead of
     *     'password'.
     */
    record Proxy(
            @Nullable String http,
            @Nullable String socks5,
            @Nullable String username,
            @Nullable String password,
            @Nullable String passwordSupplier) {

        /** Free of secrets. */
        @Override
        public String toString() {
            return "proxy";
        }
    }
}
