package dev.managedtunnel.boot;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.boot.autoconfigure.ManagedTunnelAutoConfiguration;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.devtools.restart.Restarter;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;

/** An application that devtools start anew again and again: its tunnel has a port of its own. */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration(ManagedTunnelAutoConfiguration.class)
public class RestartedApplication {
    static final int STARTS = 4;

    /**
     * In a process of its own: devtools only work where this is the main method of the JVM.
     *
     * @param args the port as {@code --port=...}; each restart calls this again with the same
     */
    public static void main(String[] args) throws Exception {
        SpringApplication application = new SpringApplication(RestartedApplication.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setDefaultProperties(Map.of(
                "managed-tunnel.tunnels.orders.gateway", TestTunnels.NO_GATEWAY,
                "managed-tunnel.tunnels.orders.credentials.password", "secret",
                "managed-tunnel.tunnels.orders.required", "false",
                "managed-tunnel.tunnels.orders.forwards[0].local", "db.internal:5432",
                "managed-tunnel.tunnels.orders.forwards[0].listen-on", "${port}"));
        ApplicationContext context = application.run(args);
        // Everything of ours is loaded anew each time; what devtools keep is not.
        AtomicInteger starts = (AtomicInteger) Restarter.getInstance().getOrAddAttribute("starts", AtomicInteger::new);
        int port = context.getBean(ManagedTunnel.class).address().getPort();
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            System.out.println("start " + starts.incrementAndGet() + " on " + port + ", connected "
                    + client.isConnected() + ", loaded by "
                    + RestartedApplication.class.getClassLoader().getClass().getSimpleName());
        }
        if (starts.get() < STARTS) {
            new Thread(() -> Restarter.getInstance().restart()).start();
        } else {
            System.exit(0);
        }
    }
}
