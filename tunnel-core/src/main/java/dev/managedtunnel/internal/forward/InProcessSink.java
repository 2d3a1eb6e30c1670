package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.link.ChannelSink;
import java.util.concurrent.atomic.LongAdder;

/**
 * From the target to the application, for one attempt to open a channel: what comes waits in an {@link Inbox} for
 * the application's threads. Called on the session's reader thread but for {@link #abandon} and the questions, which are
 * the loop's.
 */
final class InProcessSink implements ChannelSink {
    private final InProcessClient client;
    private final LongAdder bytesIn;
    private final Runnable changed;

    private volatile boolean touched;
    private volatile boolean targetEnded;
    private volatile boolean closed;
    private volatile boolean abandoned;
    private volatile boolean overflowed;

    /** @param changed called when the loop has something to look at; must neither block nor throw */
    InProcessSink(InProcessClient client, LongAdder bytesIn, Runnable changed) {
        this.client = client;
        this.bytesIn = bytesIn;
        this.changed = changed;
    }

    @Override
    public void data(byte[] bytes, int offset, int length) {
        if (abandoned) {
            return;
        }
        touched = true;
        bytesIn.add(length);
        if (client.inbox().received(bytes, offset, length) > Downlink.MOST_QUEUED) {
            abandoned = true;
            overflowed = true;
            changed.run();
        }
    }

    @Override
    public void eof() {
        touched = true;
        targetEnded = true;
        if (!abandoned) {
            client.inbox().targetEnded();
        }
        changed.run();
    }

    @Override
    public void writable() {
        client.outbox().roomMade();
    }

    @Override
    public void closed() {
        closed = true;
        changed.run();
    }

    /** Nothing more goes to the application. */
    void abandon() {
        abandoned = true;
    }

    /** Whether anything has come: if so, another channel would be another conversation. */
    boolean isTouched() {
        return touched;
    }

    /** Whether the target has said that nothing more comes. */
    boolean hasTargetEnded() {
        return targetEnded;
    }

    /** Whether the channel is fully down. */
    boolean isClosed() {
        return closed;
    }

    /** Whether more has been queued than any window allows. */
    boolean hasOverflowed() {
        return overflowed;
    }
}
