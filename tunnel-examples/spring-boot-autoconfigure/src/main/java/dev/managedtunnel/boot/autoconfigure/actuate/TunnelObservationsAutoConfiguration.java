package dev.managedtunnel.boot.autoconfigure.actuate;

import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.autoconfigure.ManagedTunnelAutoConfiguration;
import dev.managedtunnel.micrometer.TunnelObservations;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the observation of session starts; the bean is a listener, which all tunnels tell of them. */
@AutoConfiguration(
        after = ManagedTunnelAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean({ManagedTunnels.class, ObservationRegistry.class})
public final class TunnelObservationsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    TunnelObservations tunnelObservations(ObservationRegistry registry) {
        return new TunnelObservations(registry);
    }
}
