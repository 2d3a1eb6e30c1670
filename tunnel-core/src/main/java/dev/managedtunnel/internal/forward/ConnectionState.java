package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import java.util.concurrent.CompletableFuture;

/** Where a connection is on its way, with what is valid there. */
sealed interface ConnectionState {
    /** No session: it is parked, or about to be. */
    record Waiting() implements ConnectionState {}

    /** Its channel is asked for; nothing has been sent, so another link may still serve it. */
    record Opening(Link link, Downlink down, CompletableFuture<LinkChannel> answer, long sinceNanos)
            implements ConnectionState {}

    /** The gateway has confirmed: from here on it is this channel or an error. */
    record Relaying(LinkChannel channel, Downlink down) implements ConnectionState {}

    /** Counted and closed. */
    record Ended() implements ConnectionState {}
}
