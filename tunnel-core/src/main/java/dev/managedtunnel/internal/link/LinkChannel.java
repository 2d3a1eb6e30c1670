package dev.managedtunnel.internal.link;

import java.io.IOException;

/** A confirmed channel of a {@link Link}. One thread at a time may write; the other methods are thread-safe. */
public interface LinkChannel {
    /**
     * Sends bytes to the target. Blocks while the target's window is exhausted or the session's socket is full, until
     * the channel or its session ends.
     *
     * @throws IOException when the channel has ended; the bytes, or some of them, were not sent then
     */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /** Tells the target that nothing more comes (half-close). May block as {@link #write}. */
    void sendEof() throws IOException;

    /**
     * Says that the consumer has taken so many bytes, so that the gateway may send as many more. Never blocks and may
     * be called on any thread, the one that calls the sink included.
     */
    void consumed(int bytes);

    /** Ends the channel in both directions. Never blocks; idempotent. The sink's {@code closed} follows. */
    void close();
}
