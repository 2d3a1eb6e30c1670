package dev.managedtunnel.boot.autoconfigure.connection;

import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.TunnelRoute;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The servers in a connection URL, with commas between. Immutable. */
final class ServerList {
    private final List<String> parts;
    private final int defaultPort;

    private ServerList(List<String> parts, int defaultPort) {
        this.parts = parts;
        this.defaultPort = defaultPort;
    }

    /** @param defaultPort of a server without one; 0 when there is no default */
    static ServerList parse(String text, int defaultPort) {
        return new ServerList(Arrays.asList(text.split(",", -1)), defaultPort);
    }

    /** How many there are. */
    int size() {
        return parts.size();
    }

    /** Those that can be understood. */
    Stream<HostAndPort> servers() {
        return parts.stream().map(part -> HostAndPort.parse(part, defaultPort)).filter(Objects::nonNull);
    }

    /** The ways to those that a tunnel leads to. */
    List<TunnelRoute> routes(ManagedTunnels tunnels) {
        return servers()
                .flatMap(server -> tunnels.route(server.host(), server.port()).stream())
                .toList();
    }

    /** Each server that a tunnel leads to at the tunnel's listener, the others as they are. */
    String through(ManagedTunnels tunnels, String what) {
        return parts.stream()
                .map(part -> Optional.ofNullable(HostAndPort.parse(part, defaultPort))
                        .flatMap(server -> tunnels.route(server.host(), server.port())
                                .map(route -> server.at(route.requireListener(what))))
                        .orElse(part))
                .collect(Collectors.joining(","));
    }
}
