package dev.managedtunnel.internal.supervise;

import static dev.managedtunnel.TunnelState.BACKING_OFF;
import static dev.managedtunnel.TunnelState.CLOSED;
import static dev.managedtunnel.TunnelState.CONNECTING;
import static dev.managedtunnel.TunnelState.FAILED;
import static dev.managedtunnel.TunnelState.UP;

import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkStart;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the supervisor is doing: one record per state, each with only what is valid in it. */
sealed interface SupervisorState {
    /** The one table of legal moves. Final states have none, but that what failed can be closed. */
    Map<TunnelState, Set<TunnelState>> LEGAL = Map.of(
            CONNECTING, Set.of(UP, BACKING_OFF, FAILED, CLOSED),
            UP, Set.of(BACKING_OFF, FAILED, CLOSED),
            BACKING_OFF, Set.of(CONNECTING, CLOSED),
            FAILED, Set.of(CLOSED),
            CLOSED, Set.of());

    static boolean isLegal(TunnelState from, TunnelState to) {
        return LEGAL.getOrDefault(from, Set.of()).contains(to);
    }

    /** The state as the outside sees it. */
    TunnelState visible();

    /** A session is being started; without a start yet only before the first. */
    record Connecting(@Nullable LinkStart start) implements SupervisorState {
        @Override
        public TunnelState visible() {
            return CONNECTING;
        }
    }

    /** A session is up since that reading of the clock. */
    record Up(Link link, long sinceNanos) implements SupervisorState {
        @Override
        public TunnelState visible() {
            return UP;
        }
    }

    /** The next start is due at that time. */
    record BackingOff(Instant until) implements SupervisorState {
        @Override
        public TunnelState visible() {
            return BACKING_OFF;
        }
    }

    /** Gave up. */
    record Failed(TunnelException cause) implements SupervisorState {
        @Override
        public TunnelState visible() {
            return FAILED;
        }
    }

    /** Closed by the application. */
    record Closed() implements SupervisorState {
        @Override
        public TunnelState visible() {
            return CLOSED;
        }
    }
}
