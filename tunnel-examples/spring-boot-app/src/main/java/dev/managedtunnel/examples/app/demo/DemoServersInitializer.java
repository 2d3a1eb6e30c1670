package dev.managedtunnel.examples.app.demo;

import dev.managedtunnel.examples.demoservers.DemoServers;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.Map;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.Profiles;

/** With the profile {@code demo}, starts the servers, and says in the configuration where they are. */
public final class DemoServersInitializer implements ApplicationContextInitializer<GenericApplicationContext> {
    static final String PROFILE = "demo";

    @Override
    public void initialize(GenericApplicationContext context) {
        if (context.getEnvironment().acceptsProfiles(Profiles.of(PROFILE))) {
            DemoServers servers = start();
            context.getBeanFactory().registerSingleton("demoServers", servers);
            // registered before any bean, and so closed after all of them
            context.getDefaultListableBeanFactory().registerDisposableBean("demoServers", servers::close);
            context.getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource(
                            "demo-servers",
                            Map.of(
                                    "managed-tunnel.tunnels.orders.gateway",
                                    servers.gateway(),
                                    "managed-tunnel.tunnels.orders.credentials.private-key",
                                    servers.identity().toString(),
                                    "managed-tunnel.tunnels.orders.host-keys.known-hosts",
                                    servers.knownHosts().toString())));
        }
    }

    private static DemoServers start() {
        try {
            DemoServers servers = new DemoServers();
            servers.createDatabase("orders");
            return servers;
        } catch (IOException | GeneralSecurityException | SQLException e) {
            throw new IllegalStateException("The demonstration's servers can't be started: " + e.getMessage(), e);
        }
    }
}
