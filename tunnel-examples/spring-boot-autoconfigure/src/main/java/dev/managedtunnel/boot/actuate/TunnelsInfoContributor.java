package dev.managedtunnel.boot.actuate;

import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.boot.ManagedTunnels;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/** Adds to the application's information which tunnels it has: state, gateway and forwards of each. */
public final class TunnelsInfoContributor implements InfoContributor {
    private final ManagedTunnels tunnels;

    /** A contributor for these tunnels. */
    public TunnelsInfoContributor(ManagedTunnels tunnels) {
        this.tunnels = tunnels;
    }

    @Override
    public void contribute(Info.Builder builder) {
        Map<String, Object> all = new LinkedHashMap<>();
        tunnels.byName().forEach((name, tunnel) -> all.put(name, describe(tunnel.status())));
        builder.withDetail("tunnels", all);
    }

    private static Map<String, Object> describe(TunnelStatus status) {
        return Map.of(
                "state",
                status.state(),
                "gateway",
                status.gateway().toString(),
                "forwards",
                status.forwards().stream()
                        .map(forwarded -> forwarded.forward().toString())
                        .toList());
    }
}
