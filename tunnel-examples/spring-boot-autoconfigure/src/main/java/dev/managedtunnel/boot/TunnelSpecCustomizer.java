package dev.managedtunnel.boot;

import dev.managedtunnel.TunnelSpec;

/**
 * A bean that changes the specification of tunnels before they are opened, for what no property can say: a listener, a
 * supplier of secrets, a policy that is computed. All such beans are called in their order, for each tunnel of the
 * properties, after these were applied.
 */
@FunctionalInterface
public interface TunnelSpecCustomizer {
    /**
     * Changes a specification.
     *
     * @param tunnel the tunnel's name
     * @param builder what the properties say; what is refused here ends the application's start
     */
    void customize(String tunnel, TunnelSpec.Builder builder);
}
