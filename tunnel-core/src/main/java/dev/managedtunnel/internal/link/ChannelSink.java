package dev.managedtunnel.internal.link;

import java.nio.ByteBuffer;

/**
 * Takes what a target sends. Called on the session's one reader thread, in order, so it must never block and never
 * throw: all other channels and the keep-alive wait behind it.
 */
public interface ChannelSink {
    /** Bytes from the target; the buffer is reused after the call. At most the channel's window is outstanding. */
    void data(ByteBuffer bytes);

    /** The target sends nothing more (half-close). At most once, before {@code closed}. */
    void eof();

    /** The channel is fully down, by either side or with its session. Exactly once for a channel that was confirmed. */
    void closed();

    /** There is room for what the channel did not take. On any thread, and perhaps in vain. */
    void writable();
}
