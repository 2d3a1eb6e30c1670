package dev.managedtunnel.boot.autoconfigure.connection;

import com.zaxxer.hikari.HikariDataSource;
import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.autoconfigure.ManagedTunnelAutoConfiguration;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Auto-configuration that leads data sources through tunnels, and tells their pools of lost sessions. */
@AutoConfiguration(after = ManagedTunnelAutoConfiguration.class)
@ConditionalOnClass(JdbcConnectionDetails.class)
@ConditionalOnBean(ManagedTunnels.class)
public final class JdbcTunnelAutoConfiguration {

    @Bean
    static JdbcConnectionDetailsPostProcessor tunnelJdbcConnectionDetailsPostProcessor(BeanFactory beans) {
        return new JdbcConnectionDetailsPostProcessor(beans);
    }

    @Bean
    static DataSourcePropertiesPostProcessor tunnelDataSourcePropertiesPostProcessor(BeanFactory beans) {
        return new DataSourcePropertiesPostProcessor(beans);
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(HikariDataSource.class)
    static class Hikari {

        @Bean
        static HikariPostProcessor tunnelHikariPostProcessor(BeanFactory beans) {
            return new HikariPostProcessor(beans);
        }
    }
}
