package dev.managedtunnel.boot;

import dev.managedtunnel.boot.autoconfigure.ManagedTunnelAutoConfiguration;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Tunnels for tests: their listeners are bound, their gateway refuses connections. */
public final class TestTunnels {
    /** Nothing listens there, or it is no SSH server. */
    public static final String NO_GATEWAY = "nobody@127.0.0.1:1";

    private TestTunnels() {}

    /** A context with what every tunnel needs but its forwards; all start in the background. */
    public static ApplicationContextRunner contextRunner() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ManagedTunnelAutoConfiguration.class))
                .withPropertyValues(
                        "managed-tunnel.defaults.gateway=" + NO_GATEWAY,
                        "managed-tunnel.defaults.credentials.password=secret",
                        "managed-tunnel.defaults.required=false");
    }

    /** A context with one tunnel, {@code orders}, to {@code db.internal:5432}. */
    public static ApplicationContextRunner withOrders() {
        return contextRunner().withPropertyValues("managed-tunnel.tunnels.orders.forwards=db.internal:5432");
    }

    /** A port that was free a moment ago. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
