package dev.managedtunnel.boot.autoconfigure.connection;

import dev.managedtunnel.boot.ManagedTunnels;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;

/**
 * Leads the URL of {@code spring.datasource} through a tunnel, for whatever is made of it: the JDBC connection details, and
 * data sources that the application makes of further {@link DataSourceProperties}, with any pool.
 */
final class DataSourcePropertiesPostProcessor implements BeanPostProcessor {
    private final BeanFactory beans;

    DataSourcePropertiesPostProcessor(BeanFactory beans) {
        this.beans = beans;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof DataSourceProperties properties && properties.getUrl() != null) {
            properties.setUrl(JdbcUrl.through(properties.getUrl(), beans.getBean(ManagedTunnels.class)));
        }
        return bean;
    }
}
