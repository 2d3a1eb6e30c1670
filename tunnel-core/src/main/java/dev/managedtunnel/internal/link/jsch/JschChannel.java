package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Channel;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.LinkChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One channel. Its lock orders what the sink is told: data, at most one end, {@code closed} once and last, whichever
 * thread brings it. Bytes may come before the opening thread knows that the channel is confirmed; they confirm it.
 */
final class JschChannel implements LinkChannel {
    private static final Logger LOG = LoggerFactory.getLogger(JschChannel.class);

    private enum State {
        OPENING,
        OPEN,
        CLOSED,
        /** Nobody waits for it any more, and its sink never hears of it. */
        ABANDONED
    }

    private final Channel channel;
    private final Sender sender;
    private final Batch batch;
    private final ChannelSink sink;
    private final Consumer<JschChannel> gone;
    private final AtomicBoolean closing = new AtomicBoolean();

    /** Guarded by this. */
    private State state = State.OPENING;
    /** JSch is done with it. Guarded by this. */
    private boolean ended;
    /** Guarded by this. */
    private boolean eof;
    /** Guarded by itself, so that a sink may give credit under whatever lock its data are taken under. */
    private final ChannelWindow window;

    /** @param gone is told when nothing more happens to it */
    JschChannel(
            Channel channel,
            Sender sender,
            Batch batch,
            ChannelWindow window,
            ChannelSink sink,
            Consumer<JschChannel> gone) {
        this.batch = batch;
        this.channel = channel;
        this.sender = sender;
        this.window = window;
        this.sink = sink;
        this.gone = gone;
    }

    /** The gateway has confirmed it; false when it was abandoned before. */
    synchronized boolean confirm() {
        if (state == State.OPENING) {
            state = State.OPEN;
        }
        if (ended) {
            finish();
        }
        return state != State.ABANDONED;
    }

    /** Nobody waits for it any more; false when it is confirmed. */
    synchronized boolean abandon() {
        if (state == State.OPENING) {
            state = State.ABANDONED;
        }
        return state == State.ABANDONED;
    }

    void received(byte[] bytes, int offset, int length) {
        sender.received(channel);
        if (isWanted(length)) {
            batch.add(this, bytes, offset, length);
        }
    }

    private synchronized boolean isWanted(int length) {
        if (!delivers()) {
            return false;
        }
        if (!receive(length) && sender.holdsBack()) {
            LOG.debug("the target sent more than its window allows: channel closed");
            close();
            return false;
        }
        return true;
    }

    /** What {@link #batch} has gathered for it. */
    synchronized void deliver(ByteBuffer bytes) {
        if (state != State.OPEN) {
            return;
        }
        try {
            sink.data(bytes);
        } catch (RuntimeException | Error bug) {
            failed(bug);
        }
    }

    /** Standard error of a target, which none has: not delivered, so taken at once. */
    synchronized void receivedExtended(int length) {
        sender.received(channel);
        if (receive(length)) {
            consumed(length);
        }
    }

    private boolean receive(int length) {
        synchronized (window) {
            return window.received(length);
        }
    }

    void receivedEof() {
        batch.deliver();
        synchronized (this) {
            if (delivers() && !eof) {
                eof = true;
                tell(sink::eof);
            }
        }
    }

    /** What comes from the target proves that the channel is confirmed. */
    private boolean delivers() {
        if (state == State.OPENING) {
            state = State.OPEN;
        }
        return state == State.OPEN;
    }

    /** JSch is done with it, or its session is. */
    void end() {
        // Anybody else who ends it wants nothing more.
        batch.deliverOnReader();
        synchronized (this) {
            ended = true;
            if (state == State.OPEN) {
                finish();
            }
        }
    }

    private void finish() {
        if (state == State.OPEN) {
            state = State.CLOSED;
            tell(sink::closed);
        }
        synchronized (window) {
            window.release();
        }
        sender.forget(channel, this);
        gone.accept(this);
    }

    /** A sink must not throw; if it does, its own channel pays for it, not the reader and with it all the others. */
    @SuppressWarnings("CatchingUnchecked")
    private void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error bug) {
            failed(bug);
        }
    }

    private void failed(Throwable bug) {
        LOG.error("a channel's consumer failed: channel closed", bug);
        close();
    }

    /** There is room again for what was refused. */
    void writable() {
        tell(sink::writable);
    }

    @Override
    public int tryWrite(byte[] bytes, int offset, int length) throws IOException {
        return sender.data(channel, bytes, offset, length, this);
    }

    @Override
    public void sendEof() throws IOException {
        if (channel.isClosed()) {
            throw new IOException("the channel is closed");
        }
        sender.eof(channel);
    }

    @Override
    public void consumed(int bytes) {
        int credit;
        synchronized (window) {
            credit = window.consumed(bytes);
        }
        if (credit > 0) {
            sender.credit(channel, credit);
        }
    }

    @Override
    public void close() {
        if (closing.compareAndSet(false, true)) {
            sender.close(channel, this);
        }
    }
}
