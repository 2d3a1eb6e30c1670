package dev.managedtunnel.internal;

import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import org.jspecify.annotations.Nullable;

/**
 * The state as the outside sees it: the supervisor's, but {@code DEGRADED} instead of {@code UP} while a probe fails. Inside
 * the serial executor only.
 */
final class VisibleState {
    /** Is told of each move. */
    interface Listener {
        void moved(TunnelState from, TunnelState to, @Nullable TunnelException cause);
    }

    private final Listener listener;
    private TunnelState supervised = TunnelState.CONNECTING;
    private TunnelState shown = TunnelState.CONNECTING;
    private @Nullable TunnelException probeFailure;

    VisibleState(Listener listener) {
        this.listener = listener;
    }

    /** The supervisor has moved. */
    void supervised(TunnelState to, @Nullable TunnelException cause) {
        supervised = to;
        show(cause);
    }

    /** What the probes say has changed; null when none fails. */
    void probed(@Nullable TunnelException failure) {
        probeFailure = failure;
        show(null);
    }

    private void show(@Nullable TunnelException cause) {
        boolean degraded = supervised == TunnelState.UP && probeFailure != null;
        TunnelState before = shown;
        shown = degraded ? TunnelState.DEGRADED : supervised;
        if (shown != before) {
            listener.moved(before, shown, degraded && cause == null ? probeFailure : cause);
        }
    }
}
