package dev.managedtunnel.boot.autoconfigure.connection;

import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.autoconfigure.ManagedTunnelAutoConfiguration;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.mongodb.autoconfigure.MongoConnectionDetails;
import org.springframework.context.annotation.Bean;

/** Auto-configuration that leads MongoDB connections through tunnels. */
@AutoConfiguration(after = ManagedTunnelAutoConfiguration.class)
@ConditionalOnClass({MongoConnectionDetails.class, com.mongodb.ConnectionString.class})
@ConditionalOnBean(ManagedTunnels.class)
public final class MongoTunnelAutoConfiguration {

    @Bean
    static MongoConnectionDetailsPostProcessor tunnelMongoConnectionDetailsPostProcessor(BeanFactory beans) {
        return new MongoConnectionDetailsPostProcessor(beans);
    }
}
