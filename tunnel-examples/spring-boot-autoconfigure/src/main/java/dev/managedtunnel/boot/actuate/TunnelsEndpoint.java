package dev.managedtunnel.boot.actuate;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.boot.ManagedTunnels;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * The endpoint {@code tunnels}: all tunnels, one of them, and, where {@code management.endpoint.tunnels.access} is {@code
 * unrestricted}, to restart or reconnect one. By default it can only be read.
 */
@Endpoint(id = "tunnels", defaultAccess = Access.READ_ONLY)
public class TunnelsEndpoint {
    private final ManagedTunnels tunnels;

    /** An endpoint for these tunnels. */
    public TunnelsEndpoint(ManagedTunnels tunnels) {
        this.tunnels = tunnels;
    }

    /** What can be done to a tunnel. */
    public enum Action {
        /** {@link ManagedTunnel#restart()}. */
        RESTART,
        /** {@link ManagedTunnel#reconnectNow()}. */
        RECONNECT
    }

    /** All tunnels. */
    @ReadOperation
    public TunnelsDescriptor tunnels() {
        Map<String, TunnelDescriptor> all = new LinkedHashMap<>();
        tunnels.byName().forEach((name, tunnel) -> all.put(name, TunnelDescriptor.of(tunnel.status())));
        return new TunnelsDescriptor(all);
    }

    /** One tunnel; null, and so 404, when there is none of that name. */
    @ReadOperation
    public @Nullable TunnelDescriptor tunnel(@Selector String name) {
        return tunnels.find(name)
                .map(tunnel -> TunnelDescriptor.of(tunnel.status()))
                .orElse(null);
    }

    /** Does something to a tunnel, and returns at once. */
    @WriteOperation
    public void act(@Selector String name, Action action) {
        ManagedTunnel tunnel = tunnels.find(name)
                .orElseThrow(() -> new InvalidEndpointRequestException(
                        "There is no tunnel '" + name + "', but "
                                + tunnels.byName().keySet(),
                        "There is no tunnel of that name"));
        switch (action) {
            case RESTART -> tunnel.restart();
            case RECONNECT -> tunnel.reconnectNow();
        }
    }

    /**
     * All tunnels.
     *
     * @param tunnels by name
     */
    public record TunnelsDescriptor(Map<String, TunnelDescriptor> tunnels) implements OperationResponseBody {}
}
