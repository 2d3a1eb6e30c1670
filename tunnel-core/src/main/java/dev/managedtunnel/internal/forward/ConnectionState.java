package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.status.Recorder;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection is on its way, with what is valid there.
 *
 * @param <S> what the target's bytes go to
 */
sealed interface ConnectionState<S> {
    /** No session: it is parked, or about to be. */
    record Waiting<S>() implements ConnectionState<S> {}

    /** Its channel is asked for; nothing has been sent, so another link may still serve it. */
    record Opening<S>(
            Link link,
            S sink,
            CompletableFuture<LinkChannel> answer,
            long sinceNanos,
            Recorder.@Nullable Opening recorded)
            implements ConnectionState<S> {
        /** That is over. */
        void ended(String outcome) {
            if (recorded != null) {
                recorded.ended(outcome);
            }
        }
    }

    /** The gateway has confirmed: from here on it is this channel or an error. */
    record Relaying<S>(LinkChannel channel, S sink) implements ConnectionState<S> {}

    /** Counted and closed. */
    record Ended<S>() implements ConnectionState<S> {}
}
