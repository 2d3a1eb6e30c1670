package dev.managedtunnel.internal.link.jsch;

import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A connected socket that one thread reads as if it blocked, and that any thread writes to without ever waiting. What
 * the socket does not take is kept, and the reading thread sends it between its reads. A thread's interrupt does not
 * close it, as it would a blocking one. Thread-safe, but for {@link #read}.
 */
final class WireSocket implements Carrier {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final Runnable progressed;
    private final @Nullable SocketOption<Boolean> quickAck;

    /** What the socket did not take. Guarded by itself, as is the order of writes. */
    private final ArrayDeque<ByteBuffer> unsent = new ArrayDeque<>();

    private volatile boolean congested;
    private volatile boolean closed;
    /** The last read took all that there was. For the reading thread. */
    private boolean drained;

    /**
     * Takes over the channel, or closes it when that fails.
     *
     * @param progressed told by the reading thread when the peer's system has taken some of what did not fit before
     */
    WireSocket(SocketChannel channel, Runnable progressed) throws IOException {
        this.channel = channel;
        this.progressed = progressed;
        quickAck = quickAckOf(channel);
        Selector opened = null;
        try {
            channel.configureBlocking(false);
            opened = Selector.open();
            selector = opened;
            key = channel.register(selector, SelectionKey.OP_READ);
        } catch (IOException e) {
            channel.close();
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
    }

    /** By its name, since it is the JDK's own and Linux's only. */
    @SuppressWarnings("unchecked")
    private static @Nullable SocketOption<Boolean> quickAckOf(SocketChannel channel) {
        for (SocketOption<?> option : channel.supportedOptions()) {
            if (option.name().equals("TCP_QUICKACK") && option.type() == Boolean.class) {
                return (SocketOption<Boolean>) option;
            }
        }
        return null;
    }

    @Override
    public int read(ByteBuffer buffer, Runnable turn) throws IOException {
        try {
            while (true) {
                if (congested) {
                    flush();
                }
                turn.run();
                if (!drained) {
                    int count = channel.read(buffer);
                    drained = buffer.hasRemaining();
                    if (count != 0) {
                        return count;
                    }
                }
                acknowledge();
                selector.select(ready -> {});
                // JSch interrupts its reader, and a select would no longer wait.
                Thread.interrupted();
                drained = false;
            }
        } catch (ClosedSelectorException | CancelledKeyException e) {
            throw new IOException("closed", e);
        }
    }

    /**
     * Many servers send small packets with Nagle's delay, each only when the last is acknowledged, and a client's system
     * takes up to 40 ms for that. It has to be asked again each time, as it soon falls back.
     */
    private void acknowledge() {
        if (quickAck != null) {
            try {
                channel.setOption(quickAck, true);
            } catch (IOException ended) {
                // The read will say so.
            }
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        synchronized (unsent) {
            ByteBuffer all = ByteBuffer.wrap(bytes, offset, length);
            if (unsent.isEmpty()) {
                channel.write(all);
                if (!all.hasRemaining()) {
                    return;
                }
            } else if (closed) {
                throw new ClosedChannelException();
            }
            ByteBuffer rest = ByteBuffer.allocate(all.remaining()).put(all).flip();
            unsent.add(rest);
            if (congested) {
                return;
            }
            congested = true;
        }
        try {
            key.interestOpsOr(SelectionKey.OP_WRITE);
            selector.wakeup();
        } catch (CancelledKeyException e) {
            throw new ClosedChannelException();
        }
    }

    private void flush() throws IOException {
        synchronized (unsent) {
            ByteBuffer next = unsent.peek();
            while (next != null) {
                if (channel.write(next) > 0) {
                    progressed.run();
                }
                if (next.hasRemaining()) {
                    return;
                }
                unsent.poll();
                next = unsent.peek();
            }
            key.interestOpsAnd(~SelectionKey.OP_WRITE);
            congested = false;
            unsent.notifyAll();
        }
    }

    @Override
    public boolean isCongested() {
        return congested;
    }

    @Override
    public void awaitRoom() throws InterruptedException {
        synchronized (unsent) {
            while (congested && !closed) {
                unsent.wait();
            }
        }
    }

    @Override
    public void wake() {
        selector.wakeup();
    }

    @Override
    public void close(boolean abort) {
        closed = true;
        try {
            if (abort && channel.isOpen()) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException ended) {
            // Then nothing is unsent.
        }
        try {
            channel.close();
            // Only now is the descriptor closed too.
            selector.close();
        } catch (IOException ignored) {
            // Closed it is, and nobody is left to be told.
        }
        synchronized (unsent) {
            unsent.clear();
            unsent.notifyAll();
        }
    }
}
