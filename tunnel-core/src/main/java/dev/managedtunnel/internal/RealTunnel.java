package dev.managedtunnel.internal;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelSpec;
import java.time.Duration;

/** Being built. */
@SuppressWarnings("all")
public final class RealTunnel {
    private RealTunnel() {}

    public static ManagedTunnel open(TunnelSpec spec, Duration timeout) {

        return spec.name().isEmpty() ? start(spec) : start(spec);
    }

    public static ManagedTunnel start(TunnelSpec spec) {
        throw new UnsupportedOperationException(spec.toString());
    }
}
