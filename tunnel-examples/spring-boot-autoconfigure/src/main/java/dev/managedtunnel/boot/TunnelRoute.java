package dev.managedtunnel.boot;

import dev.managedtunnel.ManagedTunnel;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The way to a target: a forward of a tunnel. Immutable. */
public final class TunnelRoute {
    private final ManagedTunnel tunnel;
    private final String forward;
    private final @Nullable InetSocketAddress listener;

    TunnelRoute(ManagedTunnel tunnel, String forward, @Nullable InetSocketAddress listener) {
        this.tunnel = tunnel;
        this.forward = forward;
        this.listener = listener;
    }

    /** The tunnel. */
    public ManagedTunnel tunnel() {
        return tunnel;
    }

    /** The forward's name. */
    public String forward() {
        return forward;
    }

    /** Where to connect to instead of the target; empty when the forward has no TCP listener. */
    public Optional<InetSocketAddress> listener() {
        return Optional.ofNullable(listener);
    }

    /**
     * As {@link #listener()}, for what knows no other way.
     *
     * @param what what asks, for the message
     * @throws IllegalStateException when there is none
     */
    public InetSocketAddress requireListener(String what) {
        if (listener == null) {
            throw new IllegalStateException(what + " can't use forward " + label()
                    + ", which listens on no TCP port; give it a listen-on, or leave that out for a free port");
        }
        return listener;
    }

    /** {@code tunnel/forward}, as {@link dev.managedtunnel.jdbc.TunnelSocketFactory} takes it. */
    public String label() {
        return tunnel.name() + "/" + forward;
    }

    @Override
    public String toString() {
        return label() + (listener == null ? "" : " at " + listener);
    }
}
