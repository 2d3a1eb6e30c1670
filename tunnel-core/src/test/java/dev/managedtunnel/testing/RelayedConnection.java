package dev.managedtunnel.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** One connection through a {@link FaultRelay}: two channels and a pipe each way. On the relay's thread only. */
final class RelayedConnection {

    private enum Phase {
        HELD,
        CONNECTING,
        OPEN,
        FINISHING,
        CLOSED
    }

    /** What a slow link holds: enough for 200 MB/s at 80 ms. */
    private static final int LINK_CAPACITY = 16 * 1024 * 1024;

    private static final int READS_PER_TURN = 8;

    private final Selector selector;
    private final ByteBuffer scratch;
    private final SocketChannel client;
    private final SocketChannel target;
    private final SelectionKey clientKey;
    private final SelectionKey targetKey;
    private final Pipe toTarget;
    private final Pipe toClient;
    private Phase phase = Phase.HELD;
    private boolean stalled;
    private long wakeAt = Long.MAX_VALUE;

    RelayedConnection(
            SocketChannel client, Selector selector, ByteBuffer scratch, LinkFaults toTarget, LinkFaults toClient)
            throws IOException {
        this.client = client;
        this.selector = selector;
        this.scratch = scratch;
        this.target = SocketChannel.open();
        this.toTarget = new Pipe(client, target, toTarget);
        this.toClient = new Pipe(target, client, toClient);
        this.clientKey = register(client);
        this.targetKey = register(target);
    }

    private SelectionKey register(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel.register(selector, 0, this);
    }

    /** Connects to the target, unless that was done before. */
    void connect(InetSocketAddress address) {
        if (phase != Phase.HELD) {
            return;
        }
        try {
            phase = Phase.CONNECTING;
            if (target.connect(address)) {
                phase = Phase.OPEN;
            }
        } catch (IOException e) {
            reset();
        }
    }

    void stall(boolean on) {
        stalled = on;
    }

    boolean isLive() {
        return phase != Phase.FINISHING && phase != Phase.CLOSED;
    }

    boolean isClosed() {
        return phase == Phase.CLOSED;
    }

    /** When to call {@link #move} although no channel is ready. */
    long wakeAt() {
        return wakeAt;
    }

    /** Does all that can be done now without waiting. */
    void move(long now) {
        try {
            if (phase == Phase.CONNECTING && target.finishConnect()) {
                phase = Phase.OPEN;
            }
            if (phase == Phase.OPEN) {
                toTarget.move(now);
                toClient.move(now);
                if (toTarget.finished && toClient.finished) {
                    close();
                }
            } else if (phase == Phase.FINISHING) {
                discard(client);
                discard(target);
                if (!client.isOpen() && !target.isOpen()) {
                    phase = Phase.CLOSED;
                }
            }
            updateInterest();
        } catch (IOException e) {
            // a side that broke: tell the other in the same way
            reset();
        }
    }

    private void updateInterest() {
        wakeAt = Long.MAX_VALUE;
        switch (phase) {
            case CONNECTING -> targetKey.interestOps(SelectionKey.OP_CONNECT);
            case OPEN -> {
                clientKey.interestOps(interest(toTarget, toClient));
                targetKey.interestOps(interest(toClient, toTarget));
                wakeAt = Math.min(toTarget.wakeAt, toClient.wakeAt);
            }
            case FINISHING -> {
                for (SelectionKey key : new SelectionKey[] {clientKey, targetKey}) {
                    if (key.isValid()) {
                        key.interestOps(SelectionKey.OP_READ);
                    }
                }
            }
            default -> {}
        }
    }

    private static int interest(Pipe from, Pipe to) {
        return (from.wantsRead ? SelectionKey.OP_READ : 0) | (to.wantsWrite ? SelectionKey.OP_WRITE : 0);
    }

    /** Sends a FIN to both sides and waits for theirs, since closing with unread bytes would send a RST. */
    void finish() {
        if (phase == Phase.FINISHING || phase == Phase.CLOSED) {
            return;
        }
        try {
            client.shutdownOutput();
            if (phase == Phase.OPEN) {
                target.shutdownOutput();
            } else {
                target.close();
            }
            phase = Phase.FINISHING;
        } catch (IOException e) {
            close();
        }
    }

    private void discard(SocketChannel channel) throws IOException {
        while (channel.isOpen()) {
            scratch.clear();
            int n = channel.read(scratch);
            if (n < 0) {
                channel.close();
            } else if (n == 0) {
                return;
            }
        }
    }

    /** Ends both sides with a RST. */
    void reset() {
        for (SocketChannel channel : new SocketChannel[] {client, target}) {
            try {
                if (channel.isOpen()) {
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                }
            } catch (IOException e) {
                // it is broken already, what counts is that it is closed
            }
        }
        close();
    }

    /** Closes both sides. */
    void close() {
        phase = Phase.CLOSED;
        wakeAt = Long.MAX_VALUE;
        FaultRelay.closeQuietly(client);
        FaultRelay.closeQuietly(target);
    }

    private record Chunk(ByteBuffer bytes, long due) {}

    private final class Pipe {
        private final SocketChannel from;
        private final SocketChannel to;
        private final LinkFaults faults;
        private final Deque<Chunk> queue = new ArrayDeque<>();
        private int queued;
        private long dripAt;
        private @Nullable Long endDue;
        private boolean finished;
        private boolean wantsRead;
        private boolean wantsWrite;
        private long wakeAt;

        Pipe(SocketChannel from, SocketChannel to, LinkFaults faults) {
            this.from = from;
            this.to = to;
            this.faults = faults;
        }

        void move(long now) throws IOException {
            wantsRead = false;
            wantsWrite = false;
            wakeAt = Long.MAX_VALUE;
            if (finished || stalled || faults.stalled) {
                return;
            }
            flush(now);
            int turns = READS_PER_TURN;
            while (endDue == null && turns > 0 && takeIn(now)) {
                turns--;
            }
            if (endDue != null && queue.isEmpty()) {
                if (endDue <= now) {
                    to.shutdownOutput();
                    finished = true;
                } else {
                    wakeAt = endDue;
                }
            }
        }

        private void flush(long now) throws IOException {
            while (!queue.isEmpty()) {
                Chunk head = queue.getFirst();
                if (head.due > now) {
                    wakeAt = Math.min(wakeAt, head.due);
                    return;
                }
                int n = to.write(head.bytes);
                queued -= n;
                faults.passed(n);
                if (head.bytes.hasRemaining()) {
                    wantsWrite = true;
                    return;
                }
                queue.removeFirst();
            }
        }

        /** Reads once and passes on; tells whether reading again at once may bring more. */
        private boolean takeIn(long now) throws IOException {
            wantsRead = false;
            if ((faults.delayNanos == 0 && !queue.isEmpty()) || queued >= LINK_CAPACITY) {
                return false;
            }
            if (faults.dripNanos > 0 && now < dripAt) {
                wakeAt = Math.min(wakeAt, dripAt);
                return false;
            }
            int most = faults.intake(faults.dripNanos > 0 ? 1 : scratch.capacity(), now);
            if (most == 0) {
                wakeAt = Math.min(wakeAt, faults.nextIntake(now));
                return false;
            }
            int n = from.read(scratch.clear().limit(most));
            if (n < 0) {
                endDue = now + faults.delayNanos;
                return false;
            }
            wantsRead = true;
            if (n == 0) {
                return false;
            }
            faults.took(n);
            dripAt = now + faults.dripNanos;
            scratch.flip();
            if (faults.delayNanos == 0 && queue.isEmpty()) {
                faults.passed(to.write(scratch));
            }
            if (scratch.hasRemaining()) {
                enqueue(now + faults.delayNanos);
                return faults.delayNanos > 0;
            }
            return true;
        }

        private void enqueue(long due) {
            ByteBuffer copy =
                    ByteBuffer.allocate(scratch.remaining()).put(scratch).flip();
            queue.addLast(new Chunk(copy, due));
            queued += copy.remaining();
            if (faults.delayNanos > 0) {
                wakeAt = Math.min(wakeAt, queue.getFirst().due);
            } else {
                wantsRead = false;
                wantsWrite = true;
            }
        }
    }
}
