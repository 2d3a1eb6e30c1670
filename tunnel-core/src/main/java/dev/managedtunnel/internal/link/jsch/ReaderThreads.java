package dev.managedtunnel.internal.link.jsch;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the reader thread of one session and sees its end, whatever it was: JSch itself is left with
 * {@code isConnected() == true} when an {@link Error} ends it. Thread-safe.
 */
final class ReaderThreads implements ThreadFactory {
    private final String prefix;
    private final Consumer<@Nullable Throwable> ended;
    private final AtomicBoolean readerMade = new AtomicBoolean();

    /** @param ended is told once, on the reader thread as its last act, with what JSch did not catch */
    ReaderThreads(String tunnel, Consumer<@Nullable Throwable> ended) {
        this.prefix = "tunnel-" + tunnel;
        this.ended = ended;
    }

    @Override
    public Thread newThread(Runnable body) {
        boolean reader = readerMade.compareAndSet(false, true);
        // JSch makes others only for channels that a server opens, which it may not.
        String name = prefix + (reader ? "-reader" : "-channel");
        Thread thread = new Thread(() -> run(body, name, reader), name);
        thread.setDaemon(true);
        return thread;
    }

    private void run(Runnable body, String name, boolean reader) {
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
        if (reader) {
            ended.accept(uncaught);
        }
    }
}
