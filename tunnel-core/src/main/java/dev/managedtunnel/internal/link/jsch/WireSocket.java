package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.internal.link.SharedLoop;
import java.io.IOException;
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
 * the socket does not take is kept, and the reading thread sends it between its reads. While that waits it runs another's
 * loop, if it is offered one. A thread's interrupt does not close the socket, as it would a blocking one. Thread-safe, but
 * for {@link #read} and {@link #leave}.
 */
final class WireSocket implements Carrier {
    private static final int READS_PER_TURN = 4;
    /** After a read of so much there is more to come, as a rule: it is tried once more before a wait. */
    private static final int BULK = 32 * 1024;

    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final Runnable progressed;
    private final QuickAck quickAck;

    /** What the socket did not take. Guarded by itself, as is the order of writes. */
    private final ArrayDeque<ByteBuffer> unsent = new ArrayDeque<>();

    private volatile boolean congested;
    private volatile boolean closed;
    /** Where the reading thread may wait in place of its own selector; null before it is offered. */
    private volatile @Nullable SharedLoop loop;
    /** Where it does. Written by it under the lock of what is unsent. */
    private volatile SharedLoop.@Nullable Seat seat;
    /** Something has happened since the reading thread's last turn that this may be for; a round of the loop alone is not. */
    private volatile boolean turnDue = true;
    /** The last read took all that there was. For the reading thread. */
    private boolean drained;
    /** The last read took so much. For the reading thread. */
    private boolean bulk;
    /** Since the loop's last turn. For the reading thread. */
    private int reads;

    /**
     * Takes over the channel, or closes it when that fails.
     *
     * @param progressed told by the reading thread when the peer's system has taken some of what did not fit before
     */
    WireSocket(SocketChannel channel, Runnable progressed) throws IOException {
        this.channel = channel;
        this.progressed = progressed;
        quickAck = new QuickAck(channel);
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

    @Override
    public int read(ByteBuffer buffer, Runnable turn) throws IOException {
        try {
            if ((!drained || bulk) && ++reads == READS_PER_TURN) {
                // There is more at hand, but the loop's other sockets shall have their turn.
                roundOfLoop(false);
            }
            while (true) {
                if (congested) {
                    flush();
                }
                if (turnDue) {
                    turnDue = false;
                    turn.run();
                }
                if (!drained) {
                    int count = channel.read(buffer);
                    drained = buffer.hasRemaining();
                    bulk = count >= BULK;
                    if (count != 0) {
                        quickAck.due();
                        turnDue = true;
                        return count;
                    }
                }
                if (bulk) {
                    bulk = false;
                    drained = false;
                    giveWay();
                    continue;
                }
                quickAck.give();
                if (!roundOfLoop(true)) {
                    selector.select(ready -> {});
                    drained = false;
                }
                // JSch interrupts its reader, and a select would no longer wait.
                Thread.interrupted();
                if (closed) {
                    throw new ClosedChannelException();
                }
            }
        } catch (ClosedSelectorException e) {
            throw new IOException("closed", e);
        }
    }

    /**
     * Whoever sends and whoever takes what comes in bulk goes first: then there is more at hand, in fewer pieces, and nobody has
     * to wake this thread. Where a processor is free this does nothing.
     */
    @SuppressWarnings("ThreadPriorityCheck") // nothing relies on it
    private static void giveWay() {
        Thread.yield();
    }

    /** Runs the shared loop for one round; false when it is not this thread's. */
    private boolean roundOfLoop(boolean wait) throws IOException {
        SharedLoop.Seat at = seat;
        boolean waits = wait;
        reads = 0;
        if (at == null) {
            SharedLoop offered = loop;
            at = offered == null || closed ? null : offered.join(channel);
            if (at == null) {
                return false;
            }
            sit(at);
            // Who wanted to wake this thread may have missed where it waits by now.
            waits = false;
        }
        if (!at.round(waits)) {
            sit(null);
            drained = false;
        } else if (at.isReadable()) {
            drained = false;
        }
        return true;
    }

    private void sit(SharedLoop.@Nullable Seat at) {
        turnDue = true;
        synchronized (unsent) {
            seat = at;
            interest(congested);
        }
    }

    @Override
    public void share(SharedLoop offered) {
        loop = offered;
        wake();
    }

    @Override
    public void leave() {
        SharedLoop.Seat at = seat;
        loop = null;
        if (at != null) {
            sit(null);
            at.leave();
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        synchronized (unsent) {
            ByteBuffer all = ByteBuffer.wrap(bytes, offset, length);
            if (unsent.isEmpty()) {
                // Before it is: what is read meanwhile is said to be anew.
                quickAck.sent();
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
            quickAck.due();
            interest(true);
        }
        wake();
    }

    /** Waits for room too, or no more; there only where the reading thread waits. Guarded by what is unsent. */
    private void interest(boolean inRoom) {
        SharedLoop.Seat at = seat;
        try {
            if (at != null) {
                at.congested(inRoom);
            } else {
                key.interestOps(inRoom ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
            }
        } catch (CancelledKeyException closing) {
            // Then nobody waits for it.
        }
    }

    private void flush() throws IOException {
        synchronized (unsent) {
            ByteBuffer next = unsent.peek();
            while (next != null) {
                if (channel.write(next) > 0) {
                    turnDue = true;
                    progressed.run();
                }
                if (next.hasRemaining()) {
                    return;
                }
                unsent.poll();
                next = unsent.peek();
            }
            congested = false;
            interest(false);
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
        turnDue = true;
        SharedLoop.Seat at = seat;
        if (at == null) {
            selector.wakeup();
        } else {
            at.wake();
        }
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
            // Only now is the descriptor closed too, or in the next round of the shared loop.
            selector.close();
        } catch (IOException ignored) {
            // Closed it is, and nobody is left to be told.
        }
        SharedLoop.Seat at = seat;
        if (at != null) {
            at.wake();
        }
        synchronized (unsent) {
            unsent.clear();
            unsent.notifyAll();
        }
    }
}
