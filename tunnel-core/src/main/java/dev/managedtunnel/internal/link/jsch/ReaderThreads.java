package dev.managedtunnel.internal.link.jsch;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the reader thread of one session and sees its end, whatever it was: JSch itself is left with
 * {@code isConnected() == true} when an {@link Error} ends it. Thread-safe.
 */
final class ReaderThreads implements ThreadFactory {
    private static final Logger LOG = LoggerFactory.getLogger(ReaderThreads.class);

    private final String prefix;
    private final Consumer<@Nullable Throwable> ended;
    private final Runnable offered;
    private final AtomicBoolean readerMade = new AtomicBoolean();

    /**
     * @param ended is told once, on the reader thread as its last act, with what JSch did not catch
     * @param offered is told, on the reader thread, of a channel that the server has asked for
     */
    ReaderThreads(String tunnel, Consumer<@Nullable Throwable> ended, Runnable offered) {
        this.prefix = "tunnel-" + tunnel;
        this.ended = ended;
        this.offered = offered;
    }

    @Override
    public Thread newThread(Runnable body) {
        String name = prefix + "-reader";
        if (!readerMade.compareAndSet(false, true)) {
            return new NoThread(name);
        }
        Thread thread = new Thread(() -> run(body, name), name);
        thread.setDaemon(true);
        return thread;
    }

    /** JSch would have a thread relay each channel that a server asks for; it starts this one, and that is all. */
    private final class NoThread extends Thread {
        NoThread(String name) {
            super(name);
        }

        @Override
        public synchronized void start() {
            try {
                offered.run();
            } catch (RuntimeException bug) {
                LOG.error("a channel that the gateway has asked for is lost", bug);
            }
        }
    }

    private void run(Runnable body, String name) {
        // JSch renames a thread after it has got it.
        Thread.currentThread().setName(name);
        Throwable uncaught = null;
        try {
            body.run();
        } catch (Throwable e) {
            uncaught = e;
        }
        // JSch interrupts its reader when it disconnects, even from that very thread.
        Thread.interrupted();
        ended.accept(uncaught);
    }
}
