package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.TunnelSpec;

/** Makes specifications of properties. What was not said stays as the library has it. */
final class TunnelSpecs {
    private final Logins logins;
    private final Gateways gateways;

    TunnelSpecs(Logins logins) {
        this.logins = logins;
        gateways = new Gateways(logins);
    }

    /** A builder with all that the properties say of a tunnel. */
    TunnelSpec.Builder builder(String name, Settings<TunnelProperties> settings) {
        TunnelSpec.Builder builder =
                new Settings.Value<>(ManagedTunnelProperties.TUNNELS, name).map(TunnelSpec::builder);
        gateways.of(settings).forEach(gateway -> gateway.accept(builder::gateway));
        settings.apply("redundancy", TunnelProperties::redundancy, builder::redundancy);
        builder.credentials(logins.credentials(settings.group("credentials", TunnelProperties::credentials)));
        logins.hostKeys(settings.group("host-keys", TunnelProperties::hostKeys)).ifPresent(builder::hostKeys);
        Forwards.of(settings).forEach(forward -> forward.accept(builder::forward));
        Policies.apply(settings, builder);
        settings.apply("connect-timeout", TunnelProperties::connectTimeout, builder::connectTimeout);
        settings.apply(
                "max-window",
                TunnelProperties::maxWindow,
                size -> builder.maxWindow((int) Math.min(size.toBytes(), Integer.MAX_VALUE)));
        settings.apply("compression", TunnelProperties::compression, builder::compression);
        return builder;
    }

    /** Names as a property what is missing; for a tunnel that nothing but properties describes. */
    static void requireComplete(Settings<TunnelProperties> settings) {
        require(settings, "gateway", Gateways.given(settings), "give the SSH server as user@host");
        require(settings, "credentials", Logins.given(settings), "give a private-key, an agent or a password");
        require(settings, "forwards", Forwards.given(settings), "give what is to be reached, as host:port");
    }

    private static void require(Settings<TunnelProperties> settings, String property, boolean given, String remedy) {
        if (!given) {
            throw new TunnelPropertyException(settings.name(property), "it is missing; " + remedy);
        }
    }
}
