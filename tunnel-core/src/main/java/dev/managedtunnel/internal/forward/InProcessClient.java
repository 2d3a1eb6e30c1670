package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.Scheduler;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The application's end of a connection of this process, for any number of its threads. They wait for the channel here, for
 * bytes in {@link Inbox}, for room in {@link Outbox}, and no other thread ever waits for them. An interrupt ends no wait,
 * as with any socket; {@link #close}, the channel's end and the tunnel's end free them all.
 */
public final class InProcessClient implements Closeable {
    static final String A_SESSION = "a session";

    private final InProcessConnection connection;
    private final String label;
    private final Scheduler clock;
    private final Inbox inbox;
    private final Outbox outbox;

    private final Monitor monitor = new Monitor();
    // Guarded by monitor.
    private String awaited = A_SESSION;
    private boolean open;
    private boolean closed;
    private @Nullable String refusal;

    /** @param label such as {@code tunnel orders-db, forward primary}, for the texts of errors */
    InProcessClient(InProcessConnection connection, String label, Scheduler clock, LongAdder bytesOut) {
        this.connection = connection;
        this.label = label;
        this.clock = clock;
        inbox = new Inbox(clock);
        outbox = new Outbox(label, bytesOut);
    }

    // What the loop tells.

    /** What it waits for now, for the text of a timeout. */
    void awaits(String what) {
        monitor.change(() -> awaited = what);
    }

    /** It has its channel. */
    void opened(LinkChannel channel) {
        inbox.opened(channel);
        outbox.opened(channel);
        monitor.change(() -> open = true);
    }

    /** @param why what went wrong; null when nothing did */
    void ended(@Nullable String why) {
        SocketFailure failure = why == null ? null : new SocketFailure("Connection reset", label, why);
        inbox.ended(failure);
        outbox.ended(failure);
        monitor.change(() -> refusal = why);
    }

    /** What the target sends goes here. */
    Inbox inbox() {
        return inbox;
    }

    Outbox outbox() {
        return outbox;
    }

    // What the application does.

    /**
     * Waits until the target is connected. After a failure the connection is over.
     *
     * @param timeoutMillis 0 waits as long as the tunnel's parking and the gateway allow
     * @throws ConnectException when it was refused, with the reason
     * @throws SocketTimeoutException when the time is over
     * @throws SocketException when it was closed meanwhile
     */
    public void awaitOpen(int timeoutMillis) throws IOException {
        String inVain = awaitOpenOr(timeoutMillis);
        if (inVain != null) {
            String text = "waited " + Durations.text(Duration.ofMillis(timeoutMillis)) + " for " + inVain;
            connection.leave("the application's connect timed out: it " + text);
            throw new SocketTimeoutException("Connect timed out (" + label + "): " + text);
        }
    }

    /** Null when it is open, else what was waited for. */
    private @Nullable String awaitOpenOr(int timeoutMillis) throws SocketException {
        monitor.lock.lock();
        try {
            TimedWait waiting = new TimedWait(clock, timeoutMillis);
            while (true) {
                if (closed) {
                    throw SocketFailure.closed();
                } else if (open) {
                    return null;
                } else if (refusal != null) {
                    throw new ConnectException(label + ": " + refusal);
                } else if (!waiting.on(monitor.changed)) {
                    return awaited;
                }
            }
        } finally {
            monitor.lock.unlock();
        }
    }

    /**
     * Reads some bytes; waits for the first.
     *
     * @param timeoutMillis 0 waits for ever
     * @return how many; -1 at the end
     * @throws SocketTimeoutException when the time is over; reading may go on afterwards
     * @throws SocketException when the connection broke, or was closed
     */
    public int read(byte[] bytes, int offset, int length, int timeoutMillis) throws IOException {
        return inbox.read(bytes, offset, length, timeoutMillis);
    }

    /** How many bytes can be read without waiting. */
    public int available() throws IOException {
        return inbox.available();
    }

    /**
     * Writes all of it; waits while the target's window is exhausted.
     *
     * @throws SocketException when the connection broke, or was closed or shut down; some of it may have been sent
     */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        outbox.write(bytes, offset, length);
    }

    /** What waits, and what comes from now on, is thrown away; reading is at its end. */
    public void shutdownInput() {
        inbox.shutDown();
    }

    /** Tells the target that nothing more comes. A write under way fails. */
    public void shutdownOutput() throws IOException {
        outbox.shutDown();
        connection.changed();
    }

    /** Ends it in both directions; what was written is still delivered. Frees every thread that waits. Idempotent. */
    @Override
    public void close() {
        monitor.change(() -> closed = true);
        inbox.close();
        outbox.close();
        connection.leave("the application closed it");
    }

    @Override
    public String toString() {
        return label;
    }
}
