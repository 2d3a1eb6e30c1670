package dev.managedtunnel.boot.autoconfigure.connection;

import dev.managedtunnel.boot.ManagedTunnels;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Replaces the details of connections whose target a tunnel leads to. The tunnels are asked for only when there are
 * details: a post-processor is made before any other bean.
 *
 * @param <D> the details it knows
 */
abstract class ConnectionDetailsPostProcessor<D extends ConnectionDetails> implements BeanPostProcessor {
    private final Class<D> type;
    private final BeanFactory beans;

    ConnectionDetailsPostProcessor(Class<D> type, BeanFactory beans) {
        this.type = type;
        this.beans = beans;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (!type.isInstance(bean)) {
            return bean;
        }
        D led = through(beans.getBean(ManagedTunnels.class), type.cast(bean));
        return led == null ? bean : led;
    }

    /** The details as they have to be; null when they may stay as they are. */
    abstract @Nullable D through(ManagedTunnels tunnels, D details);
}
