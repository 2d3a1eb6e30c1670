package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.link.LinkChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * From the target to the client, for one attempt to open a channel.
 *
 * <p>Two threads write to the client's socket, never at once: <b>while {@code queued} is 0 the writing side belongs to
 * the session's reader thread, else to the loop.</b> Only the reader makes the count grow, and only after the bytes are
 * in the queue; only the loop makes it shrink, and only after they are in the socket. So the reader, seeing 0, knows that
 * the loop has finished with all it was given. When the count leaves 0, the reader tells the loop.
 *
 * <p>Credit is given back for what the socket has taken, nothing else. What was taken before the channel is known (its
 * confirmation may be overtaken by its first bytes) is owed until then.
 */
final class Downlink extends Attempt {
    /** How many chunks the loop writes at one go, so that one fast client does not keep it from the others. */
    private static final int CHUNKS_PER_TURN = 16;

    private final SocketChannel client;
    private final ByteQueue queue = new ByteQueue();
    private final AtomicLong queued = new AtomicLong();
    private final AtomicInteger owed = new AtomicInteger();

    /** Loop only: the chunk being written. */
    private @Nullable ByteBuffer head;

    /** Loop only: how much of what is queued first is not the target's, so that no credit is due for it. */
    private int ours;

    private volatile @Nullable LinkChannel channel;
    private volatile boolean writable;
    private volatile @Nullable Throwable clientFailure;

    /**
     * @param mostQueued more than any window allows, in bytes
     * @param changed called on the reader thread when the loop has something to look at: a first queued byte, the
     *     target's end, the channel's end, a failure, room in the channel; must neither block nor throw
     */
    Downlink(SocketChannel client, LongAdder bytesIn, long mostQueued, Runnable changed) {
        super(bytesIn, mostQueued, changed);
        this.client = client;
    }

    /**
     * Has the client told this before the target's first byte, once the channel is known: it is queued before anything
     * else, so until then the writing side is the loop's. To be called before the channel is asked for.
     */
    void tellFirst(ByteBuffer words) {
        ours = words.remaining();
        queued.set(ours);
        queue.add(words);
    }

    @Override
    void take(ByteBuffer bytes) {
        try {
            int written = queued.get() == 0 ? client.write(bytes) : 0;
            if (written > 0) {
                credit(written);
            }
            if (bytes.hasRemaining()) {
                enqueue(bytes);
            }
        } catch (Throwable thrown) {
            // Not even an Error may end the session's reader thread: all other channels live by it.
            if (!isAbandoned()) {
                drop();
                clientFailure = thrown;
                changed();
            }
        }
    }

    private void enqueue(ByteBuffer bytes) {
        int length = bytes.remaining();
        queue.add(bytes);
        long before = queued.getAndAdd(length);
        if (!overflows(before + length) && before == 0) {
            changed();
        }
    }

    @Override
    public void writable() {
        writable = true;
        changed();
    }

    /** Whether the channel has said since the last call that it takes something again. Loop only. */
    boolean takeWritable() {
        boolean was = writable;
        writable = false;
        return was;
    }

    /** The channel is known. Loop only. */
    void confirmed(LinkChannel confirmed) {
        channel = confirmed;
        credit(0);
    }

    /** Writes what is queued as far as the client takes it. Loop only. */
    void drain() throws IOException {
        for (int i = 0; i < CHUNKS_PER_TURN; i++) {
            ByteBuffer chunk = head != null ? head : queue.poll();
            head = chunk;
            if (chunk == null) {
                return;
            }
            int written = client.write(chunk);
            if (written > 0) {
                queued.addAndGet(-written);
                int notTheirs = Math.min(ours, written);
                ours -= notTheirs;
                credit(written - notTheirs);
            }
            if (chunk.hasRemaining()) {
                return;
            }
            head = null;
        }
    }

    /** Whether there is something to drain. Loop only. */
    boolean hasQueued() {
        return head != null || !queue.isEmpty();
    }

    @Override
    void abandon() {
        super.abandon();
        head = null;
        queue.clear();
    }

    /** Why the client takes nothing more; null while it does. */
    @Nullable
    Throwable clientFailure() {
        return clientFailure;
    }

    private void credit(int taken) {
        owed.addAndGet(taken);
        LinkChannel known = channel;
        if (known != null) {
            int all = owed.getAndSet(0);
            if (all > 0) {
                known.consumed(all);
            }
        }
    }
}
