package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelListener;
import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.TunnelSpecCustomizer;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.io.ApplicationResourceLoader;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.io.ResourceLoader;

/**
 * Auto-configuration of tunnels: a {@link ManagedTunnel} bean for each {@code managed-tunnel.tunnels.<name>}, qualified by
 * that name. Whatever connects to a database is made after all tunnels, and ended before them.
 */
@AutoConfiguration
@ConditionalOnClass(ManagedTunnel.class)
@ConditionalOnBooleanProperty(name = "managed-tunnel.enabled", matchIfMissing = true)
@EnableConfigurationProperties(ManagedTunnelProperties.class)
@Import(TunnelBeanRegistrar.class)
@ImportRuntimeHints(TunnelRuntimeHints.class)
public final class ManagedTunnelAutoConfiguration {

    @Bean
    static TunnelDependsOnPostProcessor managedTunnelDependsOnPostProcessor() {
        return new TunnelDependsOnPostProcessor();
    }

    /** With lazy initialisation too, tunnels are there for whoever knows their port. */
    @Bean
    static LazyInitializationExcludeFilter managedTunnelLazyInitializationExcludeFilter() {
        return LazyInitializationExcludeFilter.forBeanTypes(
                ManagedTunnel.class, EventForwarding.class, EndDuringOutage.class);
    }

    @Bean
    ResourceFiles managedTunnelResourceFiles(ResourceLoader resources) {
        return new ResourceFiles(ApplicationResourceLoader.get(resources));
    }

    @Bean(TunnelFactory.BEAN_NAME)
    TunnelFactory managedTunnelFactory(
            ManagedTunnelProperties properties,
            ResourceFiles files,
            ListableBeanFactory beans,
            ObjectProvider<TunnelSpecCustomizer> customizers) {
        TunnelSpecs specs = new TunnelSpecs(new Logins(files, new Secrets(beans)));
        return new TunnelFactory(properties, specs, customizers.orderedStream().toList());
    }

    @Bean
    ManagedTunnels managedTunnels(ListableBeanFactory beans, ManagedTunnelProperties properties) {
        return new ManagedTunnels(beans, name -> {
            Settings<TunnelProperties> settings = properties.settings(name);
            return new ManagedTunnels.Settings(
                    settings.get(TunnelProperties::required, true),
                    settings.get(TunnelProperties::redirectConnections, true));
        });
    }

    @Bean
    EventForwarding managedTunnelEventForwarding(ManagedTunnels tunnels, ObjectProvider<TunnelListener> listeners) {
        return new EventForwarding(tunnels, listeners);
    }

    @Bean
    EndDuringOutage managedTunnelEndDuringOutage(ConfigurableApplicationContext context, ManagedTunnels tunnels) {
        return new EndDuringOutage(context, tunnels);
    }

    /**
     * Tells the application's {@link TunnelListener} beans what happens once all beans are made: a listener may itself need
     * what needs a tunnel. For what happens before, there is {@link TunnelSpecCustomizer}.
     */
    static final class EventForwarding implements SmartInitializingSingleton {
        private final ManagedTunnels tunnels;
        private final ObjectProvider<TunnelListener> listeners;

        EventForwarding(ManagedTunnels tunnels, ObjectProvider<TunnelListener> listeners) {
            this.tunnels = tunnels;
            this.listeners = listeners;
        }

        @Override
        public void afterSingletonsInstantiated() {
            listeners.orderedStream().forEach(listener -> tunnels.forEach(tunnel -> tunnel.addListener(listener)));
        }
    }
}
