package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.link.ChannelSink;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;

/**
 * One attempt to get a channel, as the target's side of it: what has come, and how far it has ended. Told on the session's
 * reader thread; asked, and abandoned, on the loop.
 */
abstract class Attempt implements ChannelSink {
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
    Attempt(LongAdder bytesIn, long mostQueued, Runnable changed) {
        this.bytesIn = bytesIn;
        this.mostQueued = mostQueued;
        this.changed = changed;
    }

    /** Brings bytes to the client, or keeps them for it. */
    abstract void take(ByteBuffer bytes);

    /** The target's end has come; the loop hears of it next. */
    void targetHasEnded() {}

    @Override
    public final void data(ByteBuffer bytes) {
        if (abandoned) {
            return;
        }
        touched = true;
        bytesIn.add(bytes.remaining());
        take(bytes);
    }

    @Override
    public final void eof() {
        touched = true;
        targetEnded = true;
        targetHasEnded();
        changed();
    }

    @Override
    public final void closed() {
        closed = true;
        changed();
    }

    /** Gives the loop something to look at. */
    final void changed() {
        changed.run();
    }

    /** Whether so many bytes are more than may be kept; then nothing more is, and the loop is told. */
    final boolean overflows(long queued) {
        if (queued <= mostQueued) {
            return false;
        }
        overflowed = true;
        drop();
        changed();
        return true;
    }

    /** What still comes is dropped. */
    final void drop() {
        abandoned = true;
    }

    /** Nothing more goes to the client, not even what is kept for it. Loop only. */
    void abandon() {
        drop();
    }

    final boolean isAbandoned() {
        return abandoned;
    }

    /** Whether anything has come: if so, the client can't be given another channel. */
    final boolean isTouched() {
        return touched;
    }

    /** Whether the target has said that nothing more comes; what came before may still be kept here. */
    final boolean hasTargetEnded() {
        return targetEnded;
    }

    /** Whether the channel is fully down. */
    final boolean isClosed() {
        return closed;
    }

    /** Whether more came than any window allows. */
    final boolean hasOverflowed() {
        return overflowed;
    }
}
