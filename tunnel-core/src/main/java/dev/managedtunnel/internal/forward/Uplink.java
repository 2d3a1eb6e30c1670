package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.link.LinkChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/**
 * From the client to the target. The reading side of the client's socket, and every field here, belongs to the loop,
 * but from the moment that {@link #pump} is handed to a worker until that has told the loop its result: writing to a
 * channel may block, and the loop must not. Both hand-overs go through a queue, which makes the fields visible.
 *
 * <p>Until the channel is confirmed nothing is sent; what the client says meanwhile is kept up to one buffer, in an
 * array of its very size: there may be many such connections.
 */
final class Uplink {
    /** How a turn of a worker ended. */
    enum Turn {
        /** The client has nothing more to read at the moment. */
        IDLE,
        /** There may be more; others shall have their turn first. */
        MORE,
        /** The client has sent its last byte, and the target knows. */
        FINISHED,
        /** The client's socket is broken. */
        CLIENT_GONE,
        /** The channel takes nothing more. */
        CHANNEL_ENDED
    }

    private static final int READS_PER_TURN = 64;
    /** Beside what a read returns: the socket is broken. */
    private static final int GONE = -2;

    private static final byte[] NOTHING = new byte[0];

    private final SocketChannel client;
    private final BufferPool buffers;
    private final LongAdder bytesOut;

    private byte[] early = NOTHING;
    private boolean clientEnded;

    Uplink(SocketChannel client, BufferPool buffers, LongAdder bytesOut) {
        this.client = client;
        this.buffers = buffers;
        this.bytesOut = bytesOut;
    }

    /**
     * Reads what the client says before there is a channel.
     *
     * @return whether there is room for more
     */
    boolean readEarly() throws IOException {
        byte[] buffer = buffers.acquire();
        try {
            int read = client.read(ByteBuffer.wrap(buffer, 0, BufferPool.BUFFER_SIZE - early.length));
            if (read < 0) {
                clientEnded = true;
            } else if (read > 0) {
                int old = early.length;
                early = Arrays.copyOf(early, old + read);
                System.arraycopy(buffer, 0, early, old, read);
            }
        } finally {
            buffers.release(buffer);
        }
        return !clientEnded && early.length < BufferPool.BUFFER_SIZE;
    }

    /** Whether the client has ended without a word: it wants nothing any more. */
    boolean hasLeftSilently() {
        return clientEnded && early.length == 0;
    }

    /** Whether there is something to send that was read before there was a channel. */
    boolean hasEarly() {
        return clientEnded || early.length > 0;
    }

    /** Moves bytes until the client pauses. On a worker; blocks while the target's window is exhausted. */
    Turn pump(LinkChannel channel) {
        byte[] buffer = buffers.acquire();
        try {
            if (early.length > 0) {
                send(channel, early, early.length);
                early = NOTHING;
            }
            for (int i = 0; i < READS_PER_TURN && !clientEnded; i++) {
                int read = read(buffer);
                if (read == 0) {
                    return Turn.IDLE;
                }
                if (read == GONE) {
                    return Turn.CLIENT_GONE;
                }
                if (read < 0) {
                    clientEnded = true;
                } else {
                    send(channel, buffer, read);
                }
            }
            if (!clientEnded) {
                return Turn.MORE;
            }
            channel.sendEof();
            return Turn.FINISHED;
        } catch (IOException ended) {
            return Turn.CHANNEL_ENDED;
        } finally {
            buffers.release(buffer);
        }
    }

    private int read(byte[] buffer) {
        try {
            return client.read(ByteBuffer.wrap(buffer));
        } catch (IOException broken) {
            return GONE;
        }
    }

    private void send(LinkChannel channel, byte[] bytes, int length) throws IOException {
        channel.write(bytes, 0, length);
        bytesOut.add(length);
    }
}
