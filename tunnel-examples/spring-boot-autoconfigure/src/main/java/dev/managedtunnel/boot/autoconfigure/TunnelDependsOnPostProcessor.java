package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.ManagedTunnel;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.Ordered;
import org.springframework.util.ClassUtils;

/**
 * Makes all that connects to a database, and all that says where one is, depend on all tunnels: also what goes to a tunnel's
 * port without our help.
 */
final class TunnelDependsOnPostProcessor implements BeanFactoryPostProcessor, Ordered {
    private static final List<String> USERS = List.of(
            "javax.sql.DataSource",
            "io.r2dbc.spi.ConnectionFactory",
            "org.springframework.data.redis.connection.RedisConnectionFactory",
            "org.springframework.data.redis.connection.ReactiveRedisConnectionFactory",
            "com.mongodb.client.MongoClient",
            "com.mongodb.reactivestreams.client.MongoClient",
            "org.springframework.boot.autoconfigure.service.connection.ConnectionDetails");

    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        String[] tunnels = beans.getBeanNamesForType(ManagedTunnel.class, false, false);
        if (tunnels.length == 0) {
            return;
        }
        for (String user : USERS) {
            if (ClassUtils.isPresent(user, beans.getBeanClassLoader())) {
                Class<?> type = ClassUtils.resolveClassName(user, beans.getBeanClassLoader());
                for (String bean : beans.getBeanNamesForType(type, true, false)) {
                    String name = bean.startsWith(BeanFactory.FACTORY_BEAN_PREFIX) ? bean.substring(1) : bean;
                    if (beans.containsBeanDefinition(name)) {
                        dependOn(beans.getBeanDefinition(name), tunnels);
                    }
                }
            }
        }
    }

    private static void dependOn(BeanDefinition definition, String[] tunnels) {
        Set<String> all = new LinkedHashSet<>();
        String[] before = definition.getDependsOn();
        if (before != null) {
            all.addAll(Arrays.asList(before));
        }
        all.addAll(Arrays.asList(tunnels));
        definition.setDependsOn(all.toArray(String[]::new));
    }
}
