package dev.managedtunnel.internal.supervise;

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What a slot is doing: one record per state, each with only what is valid in it. */
sealed interface SlotState {
    /** Ends what is under way; completes, never exceptionally, when no session and no start is left. */
    default CompletionStage<?> end() {
        return CompletableFuture.completedFuture("nothing to end");
    }

    /** Its first start has not been asked for. */
    record Idle() implements SlotState {}

    /** A session is being started, or waits until it may be. */
    record Connecting(Starts.Start start) implements SlotState {
        @Override
        public CompletionStage<?> end() {
            return start.cancel();
        }
    }

    /** A session is up. */
    record Up(Session session) implements SlotState {
        @Override
        public CompletionStage<?> end() {
            return Starts.end(session.link(), Starts.TUNNEL_CLOSED);
        }
    }

    /** The next start is due at that time. */
    record BackingOff(Instant until) implements SlotState {}

    /** It starts nothing more. */
    record Ended() implements SlotState {}
}
