package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.LinkChannel;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A channel of one session, the outer, that carries another, the inner. Thread-safe, but for {@link #read}.
 *
 * <p>Two locks, whose order keeps the sessions from stopping each other. {@code unsent} orders what is written: below all
 * locks of the inner session, above all of the outer. So the outer's reader takes it only in {@link #writable}, where it
 * holds none. {@code arrived} is for what was received; nothing is called under it, so anybody may take it.
 */
final class ChannelCarrier implements Carrier, ChannelSink {
    private final JschLink outer;
    private final Runnable progressed;

    /** What the channel did not take. Guarded by itself, as is the order of writes. */
    private final ArrayDeque<byte[]> unsent = new ArrayDeque<>();
    /** How much of the first of these it has taken since. Guarded by unsent. */
    private int taken;

    private volatile boolean congested;

    /** What the inner session has not read. At most the channel's window. Guarded by itself. */
    private final ArrayDeque<ByteBuffer> arrived = new ArrayDeque<>();
    /** Guarded by arrived. */
    private boolean woken;
    /** The channel brings nothing more. Guarded by arrived. */
    private boolean ended;
    /** Why the outer session ended, if it did. Guarded by arrived. */
    private @Nullable TunnelException outerLost;
    /** Guarded by arrived. */
    private boolean closed;
    /** Guarded by arrived. */
    private @Nullable CompletableFuture<LinkChannel> opening;

    private volatile @Nullable LinkChannel channel;

    /** @param progressed told when the outer session has taken some of what it did not take before */
    ChannelCarrier(JschLink outer, Runnable progressed) {
        this.outer = outer;
        this.progressed = progressed;
    }

    /**
     * Opens the channel. Blocks until the outer session's peer has connected, or this is closed.
     *
     * @throws dev.managedtunnel.internal.link.ChannelException when there is none
     */
    void connect(Endpoint.Tcp target) throws IOException {
        CompletableFuture<LinkChannel> asked = outer.open(target, this);
        synchronized (arrived) {
            opening = asked;
            if (closed) {
                asked.cancel(false);
            }
        }
        try {
            channel = asked.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        } catch (CancellationException e) {
            throw new IOException("cut", e);
        } catch (InterruptedException e) {
            asked.cancel(false);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private LinkChannel opened() throws IOException {
        LinkChannel there = channel;
        if (there == null) {
            throw new IOException("not connected");
        }
        return there;
    }

    @Override
    public int read(ByteBuffer buffer, Runnable turn) throws IOException {
        LinkChannel from = opened();
        while (true) {
            turn.run();
            int count = take(buffer);
            if (count > 0) {
                from.consumed(count);
            }
            if (count != 0) {
                return count;
            }
        }
    }

    /** Waits if there is nothing; 0 when it is time for another turn. */
    private int take(ByteBuffer buffer) throws IOException {
        synchronized (arrived) {
            if (arrived.isEmpty() && !woken && !ended && !closed) {
                try {
                    arrived.wait();
                } catch (InterruptedException none) {
                    // JSch interrupts its reader, which ends when this is closed and not before.
                }
            }
            woken = false;
            if (closed) {
                throw new IOException("closed");
            }
            int before = buffer.remaining();
            ByteBuffer next = arrived.peek();
            while (next != null && buffer.hasRemaining()) {
                int part = Math.min(next.remaining(), buffer.remaining());
                buffer.put(next.slice(next.position(), part));
                next.position(next.position() + part);
                if (!next.hasRemaining()) {
                    arrived.poll();
                    next = arrived.peek();
                }
            }
            int count = before - buffer.remaining();
            if (count > 0 || !ended) {
                return count;
            }
            if (outerLost != null) {
                throw new IOException("the session that carried this one has ended", outerLost);
            }
            return -1;
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        synchronized (unsent) {
            int sent = unsent.isEmpty() ? offer(bytes, offset, length) : 0;
            if (sent < length) {
                unsent.add(Arrays.copyOfRange(bytes, offset + sent, offset + length));
                congested = true;
            }
        }
    }

    /** A channel that has ended takes everything: why it has ended is what the reader is about to hear. */
    private int offer(byte[] bytes, int offset, int length) {
        try {
            return opened().tryWrite(bytes, offset, length);
        } catch (IOException gone) {
            return length;
        }
    }

    @Override
    public boolean isCongested() {
        return congested;
    }

    @Override
    public void awaitRoom() throws InterruptedException {
        synchronized (arrived) {
            while (congested && !closed && !ended) {
                arrived.wait();
            }
        }
    }

    @Override
    public void wake() {
        synchronized (arrived) {
            woken = true;
            arrived.notifyAll();
        }
    }

    /** Leaves the channel to its session, which is cut too. */
    @Override
    public void close(boolean abort) {
        CompletableFuture<LinkChannel> asked;
        synchronized (arrived) {
            closed = true;
            arrived.clear();
            arrived.notifyAll();
            asked = opening;
        }
        if (asked != null) {
            asked.cancel(false);
        }
    }

    @Override
    public void data(ByteBuffer bytes) {
        ByteBuffer copy = ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
        synchronized (arrived) {
            if (!closed) {
                arrived.add(copy);
                arrived.notifyAll();
            }
        }
    }

    @Override
    public void eof() {
        end(null);
    }

    @Override
    public void closed() {
        outer.whenSettled(this::end);
    }

    private void end(@Nullable TunnelException why) {
        synchronized (arrived) {
            if (!ended) {
                outerLost = why;
            }
            ended = true;
            arrived.notifyAll();
        }
    }

    @Override
    public void writable() {
        synchronized (unsent) {
            while (!unsent.isEmpty()) {
                if (!flush(unsent.element())) {
                    return;
                }
                unsent.remove();
                taken = 0;
            }
            if (!congested) {
                return;
            }
            congested = false;
        }
        wake();
    }

    private boolean flush(byte[] first) {
        int more = offer(first, taken, first.length - taken);
        if (more > 0) {
            progressed.run();
        }
        taken += more;
        return taken == first.length;
    }
}
