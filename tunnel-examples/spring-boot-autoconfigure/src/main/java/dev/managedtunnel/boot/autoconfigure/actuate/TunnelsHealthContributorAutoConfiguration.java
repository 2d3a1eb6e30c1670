package dev.managedtunnel.boot.autoconfigure.actuate;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.actuate.TunnelHealthIndicator;
import dev.managedtunnel.boot.autoconfigure.ManagedTunnelAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of two health contributors with an indicator for each tunnel: {@code tunnels} for readiness and {@code
 * tunnelsLiveness} for liveness, to be put into the groups by the application.
 */
@AutoConfiguration(after = ManagedTunnelAutoConfiguration.class)
@ConditionalOnClass({HealthContributor.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(value = ManagedTunnel.class, name = "managedTunnels")
@ConditionalOnEnabledHealthIndicator("tunnels")
public final class TunnelsHealthContributorAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = {"tunnelsHealthIndicator", "tunnelsHealthContributor"})
    HealthContributor tunnelsHealthContributor(ManagedTunnels tunnels) {
        return CompositeHealthContributor.fromMap(
                tunnels.byName(), tunnel -> new TunnelHealthIndicator(tunnel, isRequired(tunnels, tunnel)));
    }

    @Bean
    @ConditionalOnMissingBean(name = {"tunnelsLivenessHealthIndicator", "tunnelsLivenessHealthContributor"})
    HealthContributor tunnelsLivenessHealthContributor(ManagedTunnels tunnels) {
        return CompositeHealthContributor.fromMap(
                tunnels.byName(), tunnel -> TunnelHealthIndicator.liveness(tunnel, isRequired(tunnels, tunnel)));
    }

    private static boolean isRequired(ManagedTunnels tunnels, ManagedTunnel tunnel) {
        return tunnels.settings(tunnel.name()).required();
    }
}
