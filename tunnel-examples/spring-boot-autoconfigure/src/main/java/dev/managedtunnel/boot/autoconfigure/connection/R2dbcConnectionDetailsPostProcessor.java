package dev.managedtunnel.boot.autoconfigure.connection;

import dev.managedtunnel.boot.ManagedTunnels;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.net.InetSocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcConnectionDetails;

/** Leads R2DBC connection details through a tunnel. */
final class R2dbcConnectionDetailsPostProcessor extends ConnectionDetailsPostProcessor<R2dbcConnectionDetails> {
    private static final Map<String, Integer> DEFAULT_PORTS = Map.of(
            "postgresql", 5432, "mysql", 3306, "mariadb", 3306, "mssql", 1433, "sqlserver", 1433, "oracle", 1521);

    R2dbcConnectionDetailsPostProcessor(BeanFactory beans) {
        super(R2dbcConnectionDetails.class, beans);
    }

    @Override
    @Nullable
    R2dbcConnectionDetails through(ManagedTunnels tunnels, R2dbcConnectionDetails details) {
        ConnectionFactoryOptions options = details.getConnectionFactoryOptions();
        if (!(options.getValue(ConnectionFactoryOptions.HOST) instanceof String host)) {
            return null;
        }
        Integer port = port(options);
        if (port == null) {
            return null;
        }
        return tunnels.route(host, port)
                .map(route -> route.requireListener("r2dbc"))
                .<R2dbcConnectionDetails>map(listener -> () -> at(listener, options))
                .orElse(null);
    }

    private static ConnectionFactoryOptions at(InetSocketAddress listener, ConnectionFactoryOptions options) {
        return options.mutate()
                .option(ConnectionFactoryOptions.HOST, listener.getAddress().getHostAddress())
                .option(ConnectionFactoryOptions.PORT, listener.getPort())
                .build();
    }

    private static @Nullable Integer port(ConnectionFactoryOptions options) {
        if (options.getValue(ConnectionFactoryOptions.PORT) instanceof Integer port) {
            return port;
        }
        Integer ofDriver = DEFAULT_PORTS.get(String.valueOf(options.getValue(ConnectionFactoryOptions.DRIVER)));
        // r2dbc:pool:postgresql://... has the driver as the beginning of its protocol
        String protocol = String.valueOf(options.getValue(ConnectionFactoryOptions.PROTOCOL));
        return ofDriver != null ? ofDriver : DEFAULT_PORTS.get(protocol.replaceFirst(":.*", ""));
    }
}
