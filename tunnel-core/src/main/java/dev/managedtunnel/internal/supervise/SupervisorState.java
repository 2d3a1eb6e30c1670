package dev.managedtunnel.internal.supervise;

import static dev.managedtunnel.TunnelState.BACKING_OFF;
import static dev.managedtunnel.TunnelState.CLOSED;
import static dev.managedtunnel.TunnelState.CONNECTING;
import static dev.managedtunnel.TunnelState.FAILED;
import static dev.managedtunnel.TunnelState.UP;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkStart;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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

    /** Ends what is under way, for a close; completes, never exceptionally, when no session and no start is left. */
    default CompletionStage<?> end() {
        return CompletableFuture.completedFuture("nothing to end");
    }

    private static CompletionStage<?> end(Link link) {
        link.cut(new TunnelException(FailureReason.CLOSED, "the tunnel was closed", null));
        return link.lost();
    }

    /** The next start waits for its turn at the gateway; without a turn only before the first. */
    record Waiting(StartTurns.@Nullable Turn turn) implements SupervisorState {
        @Override
        public TunnelState visible() {
            return CONNECTING;
        }

        @Override
        public CompletionStage<?> end() {
            endTurn();
            return SupervisorState.super.end();
        }

        void endTurn() {
            if (turn != null) {
                turn.end();
            }
        }
    }

    /** A session is being started. */
    record Connecting(LinkStart start) implements SupervisorState {
        @Override
        public TunnelState visible() {
            return CONNECTING;
        }

        @Override
        public CompletionStage<?> end() {
            start.cancel();
            // It may have come up while it was given up: both happened, and the close wins.
            return start.link().thenCompose(SupervisorState::end).handle((gone, cancelled) -> "ended");
        }
    }

    /** A session is up since that reading of the clock. */
    record Up(Link link, long sinceNanos) implements SupervisorState {
        @Override
        public TunnelState visible() {
            return UP;
        }

        @Override
        public CompletionStage<?> end() {
            return SupervisorState.end(link);
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
