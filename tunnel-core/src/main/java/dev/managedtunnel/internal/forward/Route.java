package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import java.util.concurrent.CompletableFuture;

/** How a connection gets its channel. Immutable; its text is what the connection leads to, for people. */
@FunctionalInterface
interface Route {
    /** Asks for a channel, as {@link Link#open} does. Never blocks. */
    CompletableFuture<LinkChannel> open(Link link, ChannelSink sink);

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
}
