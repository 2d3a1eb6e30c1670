package dev.managedtunnel.boot.autoconfigure.connection;

import dev.managedtunnel.boot.ManagedTunnels;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.ssl.SslBundle;

/**
 * Leads the details of connections to a single Redis server, or to a master and its named replicas, through tunnels. Sentinels
 * and the nodes of a cluster tell clients further addresses, which nobody could lead anywhere: these stay as they are.
 */
final class DataRedisConnectionDetailsPostProcessor extends ConnectionDetailsPostProcessor<DataRedisConnectionDetails> {
    DataRedisConnectionDetailsPostProcessor(BeanFactory beans) {
        super(DataRedisConnectionDetails.class, beans);
    }

    @Override
    @Nullable
    DataRedisConnectionDetails through(ManagedTunnels tunnels, DataRedisConnectionDetails details) {
        DataRedisConnectionDetails.Standalone server = details.getStandalone();
        if (server != null) {
            return listener(tunnels, server.getHost(), server.getPort())
                    .<DataRedisConnectionDetails>map(address -> new Led(
                            details,
                            DataRedisConnectionDetails.Standalone.of(
                                    address.getAddress().getHostAddress(), address.getPort(), server.getDatabase()),
                            null))
                    .orElse(null);
        }
        DataRedisConnectionDetails.MasterReplica several = details.getMasterReplica();
        if (several == null) {
            return null;
        }
        List<DataRedisConnectionDetails.Node> nodes =
                several.getNodes().stream().map(node -> through(tunnels, node)).toList();
        return nodes.equals(several.getNodes()) ? null : new Led(details, null, () -> nodes);
    }

    private static DataRedisConnectionDetails.Node through(
            ManagedTunnels tunnels, DataRedisConnectionDetails.Node node) {
        return listener(tunnels, node.host(), node.port())
                .map(address ->
                        new DataRedisConnectionDetails.Node(address.getAddress().getHostAddress(), address.getPort()))
                .orElse(node);
    }

    private static Optional<InetSocketAddress> listener(ManagedTunnels tunnels, String host, int port) {
        return tunnels.route(host, port).map(route -> route.requireListener("Redis"));
    }

    private static final class Led implements DataRedisConnectionDetails {
        private final DataRedisConnectionDetails details;
        private final @Nullable Standalone standalone;
        private final @Nullable MasterReplica masterReplica;

        Led(
                DataRedisConnectionDetails details,
                @Nullable Standalone standalone,
                @Nullable MasterReplica masterReplica) {
            this.details = details;
            this.standalone = standalone;
            this.masterReplica = masterReplica;
        }

        @Override
        public @Nullable String getUsername() {
            return details.getUsername();
        }

        @Override
        public @Nullable String getPassword() {
            return details.getPassword();
        }

        @Override
        public @Nullable SslBundle getSslBundle() {
            return details.getSslBundle();
        }

        @Override
        public @Nullable Standalone getStandalone() {
            return standalone;
        }

        @Override
        public @Nullable MasterReplica getMasterReplica() {
            return masterReplica;
        }
    }
}
