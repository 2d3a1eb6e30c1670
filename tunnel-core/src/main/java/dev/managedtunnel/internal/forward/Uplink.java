package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.link.LinkChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/**
 * From the client to the target. Loop only, but for {@link #sendEarly}. What was read and can't be sent yet is kept here, in an array of its very
 * size, and until it is sent nothing more is read: so a client is held back by its own target alone, and holds one
 * buffer's content at most.
 */
final class Uplink {
    /** How a turn ended. */
    enum Turn {
        /** The client has nothing more to read at the moment. */
        IDLE,
        /** There may be more; others shall have their turn first. */
        MORE,
        /** The channel takes nothing at the moment, and will say when it does. */
        BLOCKED,
        /** The client has sent its last byte, and the target knows. */
        FINISHED,
        /** The client's socket is broken. */
        CLIENT_GONE,
        /** The channel takes nothing more. */
        CHANNEL_ENDED
    }

    private static final int READS_PER_TURN = 16;
    /** Beside what a read returns: the socket is broken. */
    private static final int GONE = -2;

    private static final byte[] NOTHING = new byte[0];
    /** In place of early bytes: they are on their way. */
    private static final byte[] TAKEN = new byte[0];

    private final SocketChannel client;
    /** The loop's, between two turns nobody's. */
    private final byte[] scratch;

    private final LongAdder bytesOut;

    /** What was read before there was a channel. */
    private final AtomicReference<byte[]> early = new AtomicReference<>(NOTHING);
    /** What of that the channel did not take. Goes with the task that tells the loop of the channel. */
    private byte[] unsent = NOTHING;
    /** What was read and the channel did not take. */
    private byte[] kept = NOTHING;

    private boolean clientEnded;

    /** @param before what was read of the client's words to the target so far; may be empty */
    Uplink(SocketChannel client, ByteBuffer before, byte[] scratch, LongAdder bytesOut) {
        this.client = client;
        if (before.hasRemaining()) {
            byte[] bytes = new byte[before.remaining()];
            before.get(bytes);
            early.set(bytes);
        }
        this.scratch = scratch;
        this.bytesOut = bytesOut;
    }

    /**
     * Reads what the client says before there is a channel.
     *
     * @return whether there is room for more
     */
    boolean readEarly() throws IOException {
        byte[] before = Objects.requireNonNull(early.get());
        if (before == TAKEN) {
            return false;
        }
        int read = client.read(ByteBuffer.wrap(scratch, 0, EventLoop.SCRATCH_SIZE - before.length));
        if (read < 0) {
            clientEnded = true;
        } else if (read > 0) {
            byte[] all = Arrays.copyOf(before, before.length + read);
            System.arraycopy(scratch, 0, all, before.length, read);
            if (!early.compareAndSet(before, all)) {
                kept = Arrays.copyOf(scratch, read);
                return false;
            }
            return all.length < EventLoop.SCRATCH_SIZE;
        }
        return !clientEnded;
    }

    /** Whether the client has ended without a word: it wants nothing any more. */
    boolean hasLeftSilently() {
        return clientEnded && early.get() == NOTHING;
    }

    /**
     * Sends what was read before there was a channel. On the thread that hears of the channel first, before the loop
     * does: so that the loop's turn costs no time when the client has spoken already, as most do.
     */
    void sendEarly(LinkChannel channel) {
        byte[] bytes = Objects.requireNonNull(early.getAndSet(TAKEN));
        try {
            int taken = bytes.length == 0 ? 0 : channel.tryWrite(bytes, 0, bytes.length);
            bytesOut.add(taken);
            unsent = Arrays.copyOfRange(bytes, taken, bytes.length);
        } catch (IOException ended) {
            // The loop will notice.
        }
    }

    /**
     * There is a channel, and {@link #sendEarly} has been called.
     *
     * @return whether there is something to pump, though the client may have nothing more to read
     */
    boolean confirmed() {
        if (unsent.length > 0) {
            byte[] all = Arrays.copyOf(unsent, unsent.length + kept.length);
            System.arraycopy(kept, 0, all, unsent.length, kept.length);
            kept = all;
        }
        return clientEnded || kept.length > 0;
    }

    /** Moves bytes until the client pauses or the channel takes nothing. */
    Turn pump(LinkChannel channel) {
        try {
            if (kept.length > 0) {
                byte[] rest = kept;
                kept = NOTHING;
                if (!send(channel, rest, rest.length)) {
                    return Turn.BLOCKED;
                }
                if (!clientEnded) {
                    return Turn.IDLE;
                }
            }
            for (int i = 0; i < READS_PER_TURN && !clientEnded; i++) {
                int read = read();
                if (read == 0) {
                    return Turn.IDLE;
                }
                if (read == GONE) {
                    return Turn.CLIENT_GONE;
                }
                if (read < 0) {
                    clientEnded = true;
                } else if (!send(channel, scratch, read)) {
                    return Turn.BLOCKED;
                }
                if (read > 0 && read < EventLoop.SCRATCH_SIZE) {
                    return Turn.IDLE;
                }
            }
            if (!clientEnded) {
                return Turn.MORE;
            }
            channel.sendEof();
            return Turn.FINISHED;
        } catch (IOException ended) {
            return Turn.CHANNEL_ENDED;
        }
    }

    private int read() {
        try {
            return client.read(ByteBuffer.wrap(scratch));
        } catch (IOException broken) {
            return GONE;
        }
    }

    /** Sends all, or keeps the rest and says false. */
    private boolean send(LinkChannel channel, byte[] bytes, int length) throws IOException {
        int taken = channel.tryWrite(bytes, 0, length);
        bytesOut.add(taken);
        if (taken == length) {
            return true;
        }
        kept = Arrays.copyOfRange(bytes, taken, length);
        return false;
    }
}
