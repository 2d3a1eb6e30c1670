package dev.managedtunnel.internal.link;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.TunnelException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
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

    /**
     * Asks the gateway to listen for as long as the session lives, and to offer here what connects to it. An answer
     * is never taken for that to another request.
     *
     * @param address as the protocol has it: empty for all of the gateway's
     * @param port 0 lets the gateway choose one
     * @param offers is told on the session's reader thread, possibly before the returned future completes; must neither
     *     block nor throw
     * @return the real port once the gateway listens, else a {@link ChannelException}
     */
    CompletableFuture<Integer> listen(String address, int port, Consumer<Offer> offers);

    /**
     * Asks the gateway to stop listening there. Connections that came in stay.
     *
     * @return completes, never exceptionally, when it has answered, or the session has ended
     */
    CompletableFuture<?> unlisten(String address, int port);

    /** Completes with why the session ended, once and never exceptionally; every sink has been told by then. */
    CompletionStage<TunnelException> lost();

    /** Ends the session at once by closing its raw socket, which frees every thread blocked on it. Idempotent. */
    void cut(TunnelException why);

    /** Offers the session's reader a loop to run while it waits, which it may decline. */
    default void share(SharedLoop loop) {}

    /** Asks the gateway for a sign of life now. Without one by then the session is lost. */
    void check(Duration deadline);

    /** The time the last keep-alive was answered in; null before the first. */
    @Nullable
    Duration roundTrip();

    /** How long each phase of the start took, jump hosts included. */
    Map<StartPhase, Duration> startPhases();
}
