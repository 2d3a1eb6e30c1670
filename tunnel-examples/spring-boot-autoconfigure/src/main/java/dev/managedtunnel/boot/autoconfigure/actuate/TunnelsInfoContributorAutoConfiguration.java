package dev.managedtunnel.boot.autoconfigure.actuate;

import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.actuate.TunnelsInfoContributor;
import dev.managedtunnel.boot.autoconfigure.ManagedTunnelAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.actuate.autoconfigure.info.InfoContributorFallback;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the information about tunnels; off unless asked for, since it names hosts. */
@AutoConfiguration(after = ManagedTunnelAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnEnabledInfoContributor.class)
@ConditionalOnBean(ManagedTunnels.class)
@ConditionalOnEnabledInfoContributor(value = "tunnels", fallback = InfoContributorFallback.DISABLE)
public final class TunnelsInfoContributorAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    TunnelsInfoContributor tunnelsInfoContributor(ManagedTunnels tunnels) {
        return new TunnelsInfoContributor(tunnels);
    }
}
