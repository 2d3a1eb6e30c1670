package dev.managedtunnel.internal.link;

import java.util.concurrent.CompletableFuture;

/** A connection that came in at a listener of the gateway, and waits to be taken. Thread-safe; no method blocks. */
public interface Offer {
    /**
     * Takes it.
     *
     * @param sink gets what the one who connected sends, possibly before the returned future completes
     * @return the channel, or a {@link ChannelException} when the session has ended. Completes at once.
     */
    CompletableFuture<LinkChannel> accept(ChannelSink sink);

    /** Turns it away. Without effect when it was taken. */
    void refuse(String why);
}
