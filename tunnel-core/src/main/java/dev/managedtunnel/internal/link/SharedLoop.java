package dev.managedtunnel.internal.link;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import org.jspecify.annotations.Nullable;

/**
 * A loop that a session's reader may run while it waits for its own bytes. Then one thread does what would take two, of
 * which each wakes the other for every step of a connection. Thread-safe.
 */
public interface SharedLoop {
    /**
     * Takes the loop over. On a session's reader, which holds no lock; waits until the thread that runs it has finished
     * what it does.
     *
     * @param socket of the session, not blocking; the loop waits for it too
     * @return null when another session's reader runs the loop, or nobody does any more
     */
    @Nullable
    Seat join(SelectableChannel socket) throws IOException;

    /** What the thread that has taken a loop over does with it. Its own, but for {@link #wake} and {@link #congested}. */
    interface Seat {
        /**
         * Does what there is to do, after a wait for it, or for the session's socket, where that is wanted.
         *
         * @return false when the loop is to end and this thread has left it
         */
        boolean round(boolean wait);

        /** Whether there was something to read from the session's socket in the last round. */
        boolean isReadable();

        /** Waits for room in the session's socket too, or no more. Any thread. */
        void congested(boolean is);

        /** Lets a round that waits end, or the next one not wait. Any thread. */
        void wake();

        /** Hands the loop back. Idempotent. */
        void leave();
    }
}
