package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.ManagedTunnel;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.EnvironmentAware;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Defines a bean for each tunnel of the properties. The tunnel's name is its qualifier and not its bean name: {@code orders}
 * is a likely name for another bean of the application.
 */
final class TunnelBeanRegistrar implements ImportBeanDefinitionRegistrar, EnvironmentAware {
    private static final String BEAN_NAME_PREFIX = "managedTunnel.";

    @SuppressWarnings("NullAway.Init") // set by Spring, first of all
    private Environment environment;

    @Override
    public void setEnvironment(Environment value) {
        environment = value;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
        for (String name : TunnelNames.in(environment)) {
            RootBeanDefinition definition = new RootBeanDefinition(ManagedTunnel.class);
            definition.setFactoryBeanName(TunnelFactory.BEAN_NAME);
            definition.setFactoryMethodName("tunnel");
            definition.getConstructorArgumentValues().addGenericArgumentValue(name);
            definition.addQualifier(new AutowireCandidateQualifier(Qualifier.class, name));
            definition.setDestroyMethodName("close");
            definition.setResourceDescription("property " + ManagedTunnelProperties.prefixOf(name));
            registry.registerBeanDefinition(beanName(name), definition);
        }
    }

    static String beanName(String tunnel) {
        return BEAN_NAME_PREFIX + tunnel;
    }
}
