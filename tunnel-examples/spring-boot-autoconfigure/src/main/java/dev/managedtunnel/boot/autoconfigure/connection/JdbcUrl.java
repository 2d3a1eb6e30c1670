package dev.managedtunnel.boot.autoconfigure.connection;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.TunnelRoute;
import dev.managedtunnel.jdbc.TunnelSocketFactory;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A JDBC URL, and the same URL led through tunnels. Its servers stand behind {@code //}, or behind Oracle's {@code @}.
 * Immutable.
 */
final class JdbcUrl {
    private static final Pattern URL =
            Pattern.compile("(?<head>jdbc:(?<kind>[a-z0-9]+):(?:[^/?;]*//|[^/?;]*:@))(?<servers>[^/?;]+)(?<tail>.*)");
    private static final Map<String, Integer> DEFAULT_PORTS = Map.of(
            "postgresql", 5432, "mysql", 3306, "mariadb", 3306, "sqlserver", 1433, "oracle", 1521, "clickhouse", 8123);

    /** Drivers that take a {@code javax.net.SocketFactory} by name. */
    private static final Set<String> TAKES_SOCKET_FACTORY = Set.of("postgresql", "mariadb");

    private static final String SOCKET_FACTORY = "socketFactory";
    /** As long as a connection is parked, and as long as HikariCP waits for one, by default. */
    private static final int PATIENCE_SECONDS = 30;

    private final String text;
    private final Matcher parts;
    private final ServerList servers;

    private JdbcUrl(String text, Matcher parts) {
        this.text = text;
        this.parts = parts;
        servers = ServerList.parse(parts.group("servers"), DEFAULT_PORTS.getOrDefault(kind(), 0));
    }

    /** The URL as it has to be for the way to lead through the tunnels; the same one where they do not lead there. */
    static String through(String url, ManagedTunnels tunnels) {
        Matcher parts = URL.matcher(url);
        return parts.matches() ? new JdbcUrl(url, parts).through(tunnels) : url;
    }

    /** The tunnels by which the URL leads. */
    static Set<ManagedTunnel> tunnelsOf(String url, ManagedTunnels tunnels) {
        Matcher parts = URL.matcher(url);
        return parts.matches() ? new JdbcUrl(url, parts).tunnelsOf(tunnels) : Set.of();
    }

    private String kind() {
        return parts.group("kind");
    }

    private String through(ManagedTunnels tunnels) {
        List<TunnelRoute> routes = servers.routes(tunnels);
        if (routes.isEmpty() || has(SOCKET_FACTORY)) {
            return text;
        }
        boolean needed = checksHostName()
                || routes.stream().anyMatch(route -> route.listener().isEmpty());
        if (needed && TAKES_SOCKET_FACTORY.contains(kind()) && routes.size() == servers.size()) {
            return inProcess(routes);
        }
        String moved = parts.group("head") + servers.through(tunnels, "jdbc:" + kind()) + parts.group("tail");
        // It waits only 5 s for the first answer, less than a parked connection may take, and then tries without TLS.
        return isPostgres() ? with(moved, "sslResponseTimeout", PATIENCE_SECONDS + "000") : moved;
    }

    /** Host and port stay: certificates are checked against them, and the factory finds the forward by them. */
    private String inProcess(List<TunnelRoute> routes) {
        String url = with(text, SOCKET_FACTORY, TunnelSocketFactory.class.getName());
        if (!isPostgres()) {
            return url;
        }
        Set<String> labels = routes.stream().map(TunnelRoute::label).collect(Collectors.toSet());
        if (labels.size() == 1) {
            url = with(
                    url, "socketFactoryArg", URLEncoder.encode(labels.iterator().next(), StandardCharsets.UTF_8));
        }
        // Here it is the connect that waits while a connection is parked.
        return with(url, "connectTimeout", String.valueOf(PATIENCE_SECONDS));
    }

    private boolean isPostgres() {
        return kind().equals("postgresql");
    }

    private boolean checksHostName() {
        return parts.group("tail").toLowerCase(Locale.ROOT).contains("sslmode=verify-full");
    }

    private boolean has(String parameter) {
        return Pattern.compile("[?&]" + parameter + "=")
                .matcher(parts.group("tail"))
                .find();
    }

    private String with(String url, String parameter, String value) {
        return has(parameter) ? url : url + (url.indexOf('?') < 0 ? "?" : "&") + parameter + "=" + value;
    }

    private Set<ManagedTunnel> tunnelsOf(ManagedTunnels tunnels) {
        boolean inProcess = parts.group("tail").contains(TunnelSocketFactory.class.getName());
        return servers.servers()
                .flatMap(server -> inProcess
                        ? tunnels.route(server.host(), server.port()).map(TunnelRoute::tunnel).stream()
                        : tunnels.listeningAt(server.host(), server.port()).stream())
                .collect(Collectors.toSet());
    }
}
