package dev.managedtunnel.boot;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Forward;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * All tunnels of an application: those of its properties, and beans of its own. A single tunnel is more simply injected, by
 * its name: {@code @Qualifier("orders") ManagedTunnel tunnel}. Thread-safe.
 */
public final class ManagedTunnels implements Iterable<ManagedTunnel> {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1", "0:0:0:0:0:0:0:1");

    private final ListableBeanFactory beans;
    private final Function<String, Settings> settings;
    private volatile @Nullable Map<String, ManagedTunnel> tunnels;

    /**
     * For the auto-configuration.
     *
     * @param beans has the tunnels; they are asked for when they are first needed
     * @param settings what the properties say of a tunnel, by its name
     */
    public ManagedTunnels(ListableBeanFactory beans, Function<String, Settings> settings) {
        this.beans = beans;
        this.settings = settings;
    }

    /**
     * What the properties say of a tunnel beyond its specification.
     *
     * @param required whether the application starts only once it is up
     * @param redirectsConnections whether connection details that name a target are led through it
     */
    public record Settings(boolean required, boolean redirectsConnections) {}

    /**
     * In the order of their beans. Opens those that are not open yet.
     *
     * @throws IllegalStateException when two have the same name
     */
    @Override
    public Iterator<ManagedTunnel> iterator() {
        return byName().values().iterator();
    }

    /** All by name, in the order of their beans; as {@link #iterator()}. */
    public Map<String, ManagedTunnel> byName() {
        Map<String, ManagedTunnel> known = tunnels;
        if (known == null) {
            Map<String, ManagedTunnel> found = new LinkedHashMap<>();
            beans.getBeansOfType(ManagedTunnel.class, false, true).forEach((bean, tunnel) -> {
                if (found.put(tunnel.name(), tunnel) != null) {
                    throw new IllegalStateException("there are two tunnels '" + tunnel.name()
                            + "', the second is bean '" + bean + "'; rename one");
                }
            });
            known = Collections.unmodifiableMap(found);
            tunnels = known;
        }
        return known;
    }

    /** The tunnel of that name. */
    public Optional<ManagedTunnel> find(String name) {
        return Optional.ofNullable(byName().get(name));
    }

    /** What the properties say of a tunnel; of one that they do not know, the defaults. */
    public Settings settings(String name) {
        return settings.apply(name);
    }

    /**
     * The way to a host and port: the local forward, of a tunnel that redirects connections, whose target they are.
     *
     * @throws InvalidConfigurationPropertyValueException when there are several
     */
    public Optional<TunnelRoute> route(String host, int port) {
        List<TunnelRoute> routes = new ArrayList<>();
        for (ManagedTunnel tunnel : this) {
            if (settings(tunnel.name()).redirectsConnections()) {
                tunnel.status().forwards().stream()
                        .filter(forwarded -> leadsTo(forwarded.forward(), host, port))
                        .forEach(forwarded -> routes.add(
                                new TunnelRoute(tunnel, forwarded.forward().name(), listener(forwarded))));
            }
        }
        if (routes.size() > 1) {
            String last = routes.get(routes.size() - 1).tunnel().name();
            throw new InvalidConfigurationPropertyValueException(
                    "managed-tunnel.tunnels." + last + ".redirect-connections",
                    true,
                    host + ":" + port + " is the target of several forwards: "
                            + routes.stream().map(TunnelRoute::label).collect(Collectors.joining(", "))
                            + "; set redirect-connections to false for all tunnels but one");
        }
        return routes.stream().findFirst();
    }

    /** The tunnel that listens there on TCP, on this machine. */
    public Optional<ManagedTunnel> listeningAt(String host, int port) {
        return byName().values().stream()
                .filter(tunnel -> tunnel.status().forwards().stream()
                        .filter(forwarded -> !(forwarded.forward() instanceof Forward.Remote))
                        .map(ManagedTunnels::listener)
                        .anyMatch(address -> address != null && address.getPort() == port && isAt(address, host)))
                .findFirst();
    }

    private static boolean isAt(InetSocketAddress address, String host) {
        return address.getHostString().equalsIgnoreCase(host)
                || (address.getAddress() != null
                        && address.getAddress().isLoopbackAddress()
                        && LOOPBACK.contains(host.toLowerCase(Locale.ROOT)));
    }

    private static boolean leadsTo(Forward forward, String host, int port) {
        return forward instanceof Forward.Local local
                && local.target() instanceof Endpoint.Tcp target
                && target.host().equalsIgnoreCase(host)
                && target.port() == port;
    }

    /** Where this process connects to; null for a forward without a TCP listener. */
    private static @Nullable InetSocketAddress listener(TunnelStatus.Forwarded forwarded) {
        if (!(forwarded.listening().orElse(null) instanceof Endpoint.Tcp place)) {
            return null;
        }
        InetSocketAddress address = new InetSocketAddress(
                place.host().equals(Endpoint.Tcp.ANY_ADDRESS) ? "0.0.0.0" : place.host(), place.port());
        InetAddress bound = address.getAddress();
        return bound != null && bound.isAnyLocalAddress()
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), place.port())
                : address;
    }
}
