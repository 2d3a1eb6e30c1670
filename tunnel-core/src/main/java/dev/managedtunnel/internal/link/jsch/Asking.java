package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.FailureReason;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whom a start asks beside the gateway: suppliers of secrets, an agent, a person behind a callback. Each may take long, and
 * is interrupted when the start is given up; who does not mind an interrupt keeps a worker until it returns, and what
 * it returns goes nowhere. Thread-safe; one thread asks.
 */
final class Asking {
    /** Guarded by this. */
    private @Nullable Thread asker;
    /** Guarded by this. */
    private String whom = "";
    /** Guarded by this. */
    private boolean givenUp;

    /**
     * Asks on the calling thread.
     *
     * @param someone who, for people
     * @throws StartFailure when the start was given up before
     */
    <T extends @Nullable Object> T ask(String someone, Supplier<T> question) {
        synchronized (this) {
            requireWanted();
            asker = Thread.currentThread();
            whom = someone;
        }
        try {
            return question.get();
        } finally {
            synchronized (this) {
                asker = null;
                if (givenUp) {
                    // Ours, and not meant for what follows.
                    var unused = Thread.interrupted();
                }
            }
        }
    }

    /** @throws StartFailure when the start was given up */
    synchronized void requireWanted() {
        if (givenUp) {
            throw new StartFailure(FailureReason.CLOSED, "given up", null);
        }
    }

    /** Who is being asked at the moment; empty when it is nobody. */
    synchronized String whom() {
        return asker == null ? "" : whom;
    }

    /** Nothing is asked any more. */
    synchronized void giveUp() {
        givenUp = true;
        if (asker != null) {
            asker.interrupt();
        }
    }
}
