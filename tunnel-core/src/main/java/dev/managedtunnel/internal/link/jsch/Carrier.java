package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.internal.link.SharedLoop;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What carries the bytes of one session: a socket, or a channel of the session before it. One thread reads as if it
 * blocked; any thread writes without ever waiting. Thread-safe, but for {@link #read}.
 */
interface Carrier extends Closeable {
    /**
     * Waits for bytes.
     *
     * @param turn called before each wait
     * @return how many came; -1 at the end
     */
    int read(ByteBuffer buffer, Runnable turn) throws IOException;

    /** Sends, or keeps what can't be sent now. */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /** Whether something is kept that could not be sent. */
    boolean isCongested();

    /** Waits until nothing is kept, or it is closed. */
    void awaitRoom() throws InterruptedException;

    /** Lets the reading thread take its turn. */
    void wake();

    /** Offers the reading thread a loop to run while it waits; it may decline. */
    default void share(SharedLoop offered) {}

    /** The reading thread reads no more. On it. */
    default void leave() {}

    /**
     * Closes it at once, and ends the read. Idempotent, never blocks.
     *
     * @param abort drops what the system has not sent yet, instead of letting it repeat that for minutes
     */
    void close(boolean abort);

    @Override
    default void close() {
        close(false);
    }
}
