package dev.managedtunnel.internal.link;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.TunnelException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One authenticated session. The seam between what decides and what does: above it nothing knows JSch, and tests put
 * a simulated one in its place. Thread-safe; no method blocks.
 */
public interface Link {
    /**
     * Opens a channel to a target as the gateway sees it.
     *
     * @param sink gets what the target sends, possibly before the returned future completes
     * @return the channel once the gateway has confirmed it, else a {@link ChannelException}. It completes on the
     *     session's reader thread, which must not be blocked. Cancelling it abandons the channel: one that is confirmed later is closed at once.
     */
    CompletableFuture<LinkChannel> open(Endpoint target, ChannelSink sink);

    /** Completes with why the session ended, once and never exceptionally; every sink has been told by then. */
    CompletionStage<TunnelException> lost();

    /** Ends the session at once by closing its raw socket, which frees every thread blocked on it. Idempotent. */
    void cut(TunnelException why);

    /**
     * Asks the gateway for a sign of life now. Without one by then the session is lost. Never blocks. Default: does
     * nothing, for links that have no other side.
     */
    default void check(Duration deadline) {}

    /** The time the last keep-alive was answered in; null before the first. */
    @Nullable
    Duration roundTrip();

    /** How long each phase of the start took. */
    Map<StartPhase, Duration> startPhases();
}
