package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Channel;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.LinkChannel;
import java.io.IOException;
import java.io.OutputStream;
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
    private final OutputStream out;
    private final ChannelWindow window;
    private final ControlLane lane;
    private final ChannelSink sink;
    private final Consumer<JschChannel> gone;
    private final AtomicBoolean closing = new AtomicBoolean();

    /** Guarded by this. */
    private State state = State.OPENING;
    /** JSch is done with it. Guarded by this. */
    private boolean ended;
    /** Guarded by this. */
    private boolean eof;
    /** What the target may still send. Guarded by this. */
    private long allowed = ChannelWindow.SIZE;
    /** What the consumer has taken since the last credit. Guarded by this. */
    private int owed;
    /** A credit is on its way. Guarded by this. */
    private boolean crediting;

    /** @param gone is told when nothing more happens to it */
    JschChannel(Channel channel, ChannelWindow window, ControlLane lane, ChannelSink sink, Consumer<JschChannel> gone)
            throws IOException {
        this.channel = channel;
        this.window = window;
        this.lane = lane;
        this.sink = sink;
        this.gone = gone;
        out = channel.getOutputStream();
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

    synchronized void received(byte[] bytes, int offset, int length) {
        window.received(channel);
        if (!delivers()) {
            return;
        }
        allowed -= length;
        if (window.holdsBack() && allowed < 0) {
            LOG.debug("the target sent {} bytes more than its window: channel closed", -allowed);
            close();
            return;
        }
        tell(() -> sink.data(bytes, offset, length));
    }

    /** Standard error of a target, which none has: not delivered, so taken at once. */
    synchronized void receivedExtended(int length) {
        window.received(channel);
        allowed -= length;
        consumed(length);
    }

    synchronized void receivedEof() {
        if (delivers() && !eof) {
            eof = true;
            tell(sink::eof);
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
    synchronized void end() {
        ended = true;
        if (state == State.OPEN) {
            finish();
        }
    }

    private void finish() {
        if (state == State.OPEN) {
            state = State.CLOSED;
            tell(sink::closed);
        }
        gone.accept(this);
    }

    /** A sink must not throw; if it does, its own channel pays for it, not the reader and with it all the others. */
    @SuppressWarnings("CatchingUnchecked")
    private void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error bug) {
            LOG.error("a channel's consumer failed: channel closed", bug);
            close();
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        out.flush();
        requireOpen();
    }

    @Override
    public void sendEof() throws IOException {
        out.close();
        requireOpen();
    }

    /** JSch drops what is written to a closed channel without a word. */
    private void requireOpen() throws IOException {
        synchronized (this) {
            if (!channel.isClosed() && !ended) {
                return;
            }
        }
        throw new IOException("the channel is closed");
    }

    @Override
    public synchronized void consumed(int bytes) {
        owed += bytes;
        if (window.holdsBack() && !crediting && owed >= ChannelWindow.SIZE / 2) {
            crediting = true;
            lane.execute(this::credit);
        }
    }

    private void credit() {
        int bytes;
        synchronized (this) {
            crediting = false;
            bytes = owed;
            owed = 0;
            allowed += bytes;
        }
        try {
            window.credit(channel, bytes);
        } catch (IOException | RuntimeException e) {
            LOG.trace("no credit: the session ends", e);
        }
    }

    @Override
    public void close() {
        if (closing.compareAndSet(false, true)) {
            lane.execute(() -> {
                channel.disconnect();
                end();
            });
        }
    }
}
