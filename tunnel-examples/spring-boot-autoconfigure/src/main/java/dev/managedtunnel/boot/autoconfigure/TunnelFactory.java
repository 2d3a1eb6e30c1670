package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.boot.TunnelSpecCustomizer;
import java.util.List;

/** Opens or starts the tunnels of the properties; the beans that {@link TunnelBeanRegistrar} defines come from here. */
class TunnelFactory {
    static final String BEAN_NAME = "managedTunnelFactory";

    private final ManagedTunnelProperties properties;
    private final TunnelSpecs specs;
    private final List<TunnelSpecCustomizer> customizers;

    TunnelFactory(ManagedTunnelProperties properties, TunnelSpecs specs, List<TunnelSpecCustomizer> customizers) {
        this.properties = properties;
        this.specs = specs;
        this.customizers = customizers;
    }

    /** Called by Spring for each tunnel, before the beans that use it are made; its {@code close} after they are gone. */
    ManagedTunnel tunnel(String name) {
        Settings<TunnelProperties> settings = properties.settings(name);
        TunnelSpec spec = spec(name, settings);
        try {
            return settings.get(TunnelProperties::required, true)
                    ? spec.open(settings.get(TunnelProperties::openTimeout, TunnelSpec.DEFAULT_OPEN_TIMEOUT))
                    : spec.start();
        } catch (TunnelException e) {
            throw new TunnelOpenException(spec, e);
        }
    }

    private TunnelSpec spec(String name, Settings<TunnelProperties> settings) {
        TunnelSpec.Builder builder = specs.builder(name, settings);
        if (customizers.isEmpty()) {
            TunnelSpecs.requireComplete(settings);
        }
        customizers.forEach(customizer -> customizer.customize(name, builder));
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new TunnelPropertyException(
                    ManagedTunnelProperties.prefixOf(name), String.valueOf(e.getMessage()), e);
        }
    }
}
