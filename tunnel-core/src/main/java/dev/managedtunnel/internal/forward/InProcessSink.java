package dev.managedtunnel.internal.forward;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;

/**
 * From the target to the application, for one attempt to open a channel: what comes waits in an {@link Inbox} for
 * the application's threads. Called on the session's reader thread but for {@link #abandon} and the questions, which are
 * the loop's.
 */
final class InProcessSink implements Caller.Attempt {
    private final InProcessClient client;
    private final LongAdder bytesIn;
    private final long mostQueued;
    private final Runnable changed;

    private volatile boolean touched;
    private volatile boolean targetEnded;
    private volatile boolean closed;
    private volatile boolean abandoned;
    private volatile boolean overflowed;

    /**
     * @param mostQueued more than any window allows, in bytes
     * @param changed called when the loop has something to look at; must neither block nor throw
     */
    InProcessSink(InProcessClient client, LongAdder bytesIn, long mostQueued, Runnable changed) {
        this.client = client;
        this.bytesIn = bytesIn;
        this.mostQueued = mostQueued;
        this.changed = changed;
    }

    @Override
    public void data(ByteBuffer bytes) {
        if (abandoned) {
            return;
        }
        touched = true;
        bytesIn.add(bytes.remaining());
        if (client.inbox().received(bytes) > mostQueued) {
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

    @Override
    public void abandon() {
        abandoned = true;
    }

    @Override
    public boolean isTouched() {
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
