package dev.managedtunnel.boot.autoconfigure.connection;

import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.autoconfigure.ManagedTunnelAutoConfiguration;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcConnectionDetails;
import org.springframework.context.annotation.Bean;

/** Auto-configuration that leads R2DBC connections through tunnels. */
@AutoConfiguration(after = ManagedTunnelAutoConfiguration.class)
@ConditionalOnClass({R2dbcConnectionDetails.class, io.r2dbc.spi.ConnectionFactoryOptions.class})
@ConditionalOnBean(ManagedTunnels.class)
public final class R2dbcTunnelAutoConfiguration {

    @Bean
    static R2dbcConnectionDetailsPostProcessor tunnelR2dbcConnectionDetailsPostProcessor(BeanFactory beans) {
        return new R2dbcConnectionDetailsPostProcessor(beans);
    }
}
