package dev.managedtunnel.boot.autoconfigure.connection;

import com.mongodb.ConnectionString;
import dev.managedtunnel.boot.ManagedTunnels;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.mongodb.autoconfigure.MongoConnectionDetails;
import org.springframework.boot.ssl.SslBundle;

/**
 * Leads MongoDB connection details through tunnels. A single server is then connected to directly: the names that a member
 * of a replica set tells of the others lead nowhere from here.
 */
final class MongoConnectionDetailsPostProcessor extends ConnectionDetailsPostProcessor<MongoConnectionDetails> {
    private static final Pattern URI =
            Pattern.compile("(?<head>mongodb://(?:[^/?]*@)?)(?<servers>[^/?]+)(?<path>/[^?]*)?(?:\\?(?<options>.*))?");
    private static final int DEFAULT_PORT = 27017;
    private static final String DIRECT = "directConnection";

    MongoConnectionDetailsPostProcessor(BeanFactory beans) {
        super(MongoConnectionDetails.class, beans);
    }

    @Override
    @Nullable
    MongoConnectionDetails through(ManagedTunnels tunnels, MongoConnectionDetails details) {
        Matcher uri = URI.matcher(details.getConnectionString().getConnectionString());
        if (!uri.matches()) {
            return null;
        }
        ServerList servers = ServerList.parse(uri.group("servers"), DEFAULT_PORT);
        if (servers.routes(tunnels).isEmpty()) {
            return null;
        }
        String path = uri.group("path") == null ? "/" : uri.group("path");
        String options = uri.group("options") == null ? "" : uri.group("options");
        if (servers.size() == 1 && !options.contains(DIRECT + "=")) {
            options = options + (options.isEmpty() ? "" : "&") + DIRECT + "=true";
        }
        String led = uri.group("head")
                + servers.through(tunnels, "MongoDB")
                + path
                + (options.isEmpty() ? "" : "?" + options);
        return new Led(details, new ConnectionString(led));
    }

    private record Led(MongoConnectionDetails details, ConnectionString uri) implements MongoConnectionDetails {
        @Override
        public ConnectionString getConnectionString() {
            return uri;
        }

        @Override
        public @Nullable SslBundle getSslBundle() {
            return details.getSslBundle();
        }

        /** Without the URI, which may hold a password. */
        @Override
        public String toString() {
            return "MongoDB connection details led through a tunnel";
        }
    }
}
