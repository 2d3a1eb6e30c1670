package dev.managedtunnel.internal;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelSpec;
import java.time.Duration;

/** Being built. */
public final class RealTunnel {
    private RealTunnel() {}

    public static ManagedTunnel open(TunnelSpec spec, Duration timeout) {
        throw new UnsupportedOperationException(spec + " " + timeout);
    }

    public static ManagedTunnel start(TunnelSpec spec) {
        throw new UnsupportedOperationException(spec.toString());
    }
}
