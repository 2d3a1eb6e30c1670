package dev.managedtunnel.boot.autoconfigure.connection;

import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.autoconfigure.ManagedTunnelAutoConfiguration;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.context.annotation.Bean;

/** Auto-configuration that leads Redis connections through tunnels. */
@AutoConfiguration(after = ManagedTunnelAutoConfiguration.class)
@ConditionalOnClass({DataRedisConnectionDetails.class})
@ConditionalOnBean(ManagedTunnels.class)
public final class RedisTunnelAutoConfiguration {

    @Bean
    static DataRedisConnectionDetailsPostProcessor tunnelDataRedisConnectionDetailsPostProcessor(BeanFactory beans) {
        return new DataRedisConnectionDetailsPostProcessor(beans);
    }
}
