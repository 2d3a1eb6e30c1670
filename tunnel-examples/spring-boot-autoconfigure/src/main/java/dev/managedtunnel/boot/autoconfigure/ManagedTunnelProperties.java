package dev.managedtunnel.boot.autoconfigure;

import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Everything under {@code managed-tunnel}. Unknown names are refused: a mistyped one might have been about safety.
 *
 * @param enabled Whether the tunnels are made.
 * @param defaults What holds for all tunnels that do not say otherwise.
 * @param tunnels The tunnels, by name: 1 to 64 letters, digits, dots, dashes and underscores.
 */
@ConfigurationProperties(prefix = ManagedTunnelProperties.PREFIX, ignoreUnknownFields = false)
record ManagedTunnelProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue @NestedConfigurationProperty TunnelProperties defaults,
        @DefaultValue Map<String, TunnelProperties> tunnels) {
    static final String PREFIX = "managed-tunnel";
    static final String TUNNELS = PREFIX + ".tunnels";
    static final String DEFAULTS = PREFIX + ".defaults";

    /** The prefix of a tunnel's properties; a name with dots has to be in brackets. */
    static String prefixOf(String tunnel) {
        return tunnel.matches("[a-z0-9-]+") ? TUNNELS + "." + tunnel : TUNNELS + "[" + tunnel + "]";
    }

    /** What holds for a tunnel; for one that the application defines itself, the defaults. */
    Settings<TunnelProperties> settings(String tunnel) {
        return Settings.of(tunnel, tunnels.get(tunnel), defaults);
    }
}
