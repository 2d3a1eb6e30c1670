package dev.managedtunnel.internal.link;

import java.io.IOException;

/** A confirmed channel of a {@link Link}. One thread at a time may write; the other methods are thread-safe. */
public interface LinkChannel {
    /**
     * Sends as much as the target's window and the session take now. Never blocks. When that is less than asked, the
     * sink's {@link ChannelSink#writable} is called once there is room again.
     *
     * @return how many bytes were taken, from 0 to length
     * @throws IOException when the channel has ended
     */
    int tryWrite(byte[] bytes, int offset, int length) throws IOException;

    /**
     * Tells the target that nothing more comes (half-close), after all that was taken. Never blocks.
     *
     * @throws IOException when the channel has ended
     */
    void sendEof() throws IOException;

    /**
     * Says that the consumer has taken so many bytes, so that the gateway may send as many more. Never blocks and may
     * be called on any thread, the one that calls the sink included.
     */
    void consumed(int bytes);

    /** Ends the channel in both directions. Never blocks; idempotent. The sink's {@code closed} follows. */
    void close();
}
