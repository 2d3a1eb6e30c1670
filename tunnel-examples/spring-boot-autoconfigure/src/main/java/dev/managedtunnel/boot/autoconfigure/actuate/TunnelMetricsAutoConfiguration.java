package dev.managedtunnel.boot.autoconfigure.actuate;

import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.autoconfigure.ManagedTunnelAutoConfiguration;
import dev.managedtunnel.micrometer.TunnelMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the meters of all tunnels, in each meter registry of the application. */
@AutoConfiguration(after = ManagedTunnelAutoConfiguration.class)
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(ManagedTunnels.class)
public final class TunnelMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "tunnelMetrics")
    MeterBinder tunnelMetrics(ManagedTunnels tunnels) {
        return registry -> tunnels.forEach(tunnel -> new TunnelMetrics(tunnel).bindTo(registry));
    }
}
