package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.Offer;
import java.util.concurrent.CompletableFuture;

/** How a connection gets its channel. Immutable; its text is what the connection leads to, for people. */
sealed interface Route {
    /** Asks for a channel, as {@link Link#open} does. Never blocks. */
    CompletableFuture<LinkChannel> open(Link link, ChannelSink sink);

    /** Whether another session can serve the connection as well, as long as it has no channel. */
    default boolean isMovable() {
        return true;
    }

    /** Who is at this machine's end of it. */
    default String near() {
        return "client";
    }

    /** To a target as the gateway sees it, by whatever session is up. */
    record ToTarget(Endpoint target) implements Route {
        @Override
        public CompletableFuture<LinkChannel> open(Link link, ChannelSink sink) {
            return link.open(target, sink);
        }

        @Override
        public String toString() {
            return target.toString();
        }
    }

    /** To a target as the gateway sees it, by the session that is asked first and no other. */
    record Pinned(Endpoint target) implements Route {
        @Override
        public CompletableFuture<LinkChannel> open(Link link, ChannelSink sink) {
            return link.open(target, sink);
        }

        @Override
        public boolean isMovable() {
            return false;
        }

        @Override
        public String toString() {
            return target.toString();
        }
    }

    /**
     * To one who has connected to the gateway.
     *
     * @param listener where, for people
     */
    record ToOffer(Offer offer, String listener) implements Route {
        @Override
        public CompletableFuture<LinkChannel> open(Link link, ChannelSink sink) {
            return offer.accept(sink);
        }

        @Override
        public boolean isMovable() {
            return false;
        }

        @Override
        public String near() {
            return "target";
        }

        @Override
        public String toString() {
            return "a client of " + listener;
        }
    }
}
