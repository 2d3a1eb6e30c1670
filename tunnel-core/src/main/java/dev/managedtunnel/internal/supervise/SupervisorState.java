package dev.managedtunnel.internal.supervise;

import static dev.managedtunnel.TunnelState.BACKING_OFF;
import static dev.managedtunnel.TunnelState.CLOSED;
import static dev.managedtunnel.TunnelState.CONNECTING;
import static dev.managedtunnel.TunnelState.DEGRADED;
import static dev.managedtunnel.TunnelState.FAILED;
import static dev.managedtunnel.TunnelState.UP;

import dev.managedtunnel.TunnelState;
import dev.managedtunnel.internal.supervise.SlotState.BackingOff;
import dev.managedtunnel.internal.supervise.SlotState.Connecting;
import dev.managedtunnel.internal.supervise.SlotState.Idle;
import dev.managedtunnel.internal.supervise.SlotState.Up;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel's state as the outside sees it.
 *
 * @param isWaitingForTurn whether nothing is up, and starts wait for those of other tunnels to the same gateway
 * @param nextStart when the first of the starts that are put off is due; null when none is
 */
record SupervisorState(
        TunnelState visible,
        boolean isWaitingForTurn,
        @Nullable Instant nextStart) {
    /** The one table of legal moves. Final states have none, but that what failed can be closed. */
    static final Map<TunnelState, Set<TunnelState>> LEGAL = Map.of(
            CONNECTING, Set.of(UP, DEGRADED, BACKING_OFF, FAILED, CLOSED),
            UP, Set.of(DEGRADED, BACKING_OFF, FAILED, CLOSED),
            DEGRADED, Set.of(UP, CONNECTING, BACKING_OFF, FAILED, CLOSED),
            BACKING_OFF, Set.of(CONNECTING, UP, DEGRADED, CLOSED),
            FAILED, Set.of(CLOSED),
            CLOSED, Set.of());

    static boolean isLegal(TunnelState from, TunnelState to) {
        return LEGAL.getOrDefault(from, Set.of()).contains(to);
    }

    /** What slots that are in these states make, in a tunnel that has not ended. */
    static SupervisorState of(List<SlotState> slots) {
        int up = 0;
        boolean connecting = false;
        boolean waiting = false;
        Instant next = null;
        for (SlotState slot : slots) {
            if (slot instanceof Up) {
                up++;
            } else if (slot instanceof Idle) {
                connecting = true;
            } else if (slot instanceof Connecting one) {
                connecting = true;
                waiting |= one.start().isWaitingForTurn();
            } else if (slot instanceof BackingOff one
                    && (next == null || one.until().isBefore(next))) {
                next = one.until();
            }
        }
        TunnelState visible;
        if (up > 0) {
            visible = up == slots.size() ? UP : DEGRADED;
        } else {
            visible = connecting ? CONNECTING : BACKING_OFF;
        }
        return new SupervisorState(visible, up == 0 && waiting, next);
    }

    /** Of a tunnel that has. */
    static SupervisorState ended(TunnelState how) {
        return new SupervisorState(how, false, null);
    }
}
