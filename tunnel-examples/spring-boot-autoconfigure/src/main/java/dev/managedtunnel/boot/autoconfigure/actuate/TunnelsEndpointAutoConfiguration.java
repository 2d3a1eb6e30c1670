package dev.managedtunnel.boot.autoconfigure.actuate;

import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.actuate.TunnelsEndpoint;
import dev.managedtunnel.boot.autoconfigure.ManagedTunnelAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the endpoint {@code tunnels}. */
@AutoConfiguration(after = ManagedTunnelAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(ManagedTunnels.class)
@ConditionalOnAvailableEndpoint(TunnelsEndpoint.class)
public final class TunnelsEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    TunnelsEndpoint tunnelsEndpoint(ManagedTunnels tunnels) {
        return new TunnelsEndpoint(tunnels);
    }
}
