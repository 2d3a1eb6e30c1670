package dev.managedtunnel.examples.benchmarks.target;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/**
 * What is sent in bulk: random bytes that repeat after a number of bytes which is prime, so that a piece that is lost,
 * doubled or swapped shows. Checking costs less than 5 % of copying them through a socket.
 */
public final class TestBytes {
    /** The largest piece. */
    public static final int PIECE = 256 * 1024;

    private static final int PERIOD = 65_521;
    private static final byte[] BYTES = make();

    private TestBytes() {}

    private static byte[] make() {
        byte[] bytes = new byte[PERIOD + PIECE];
        byte[] period = new byte[PERIOD];
        new Random(1).nextBytes(period);
        for (int at = 0; at < bytes.length; at += PERIOD) {
            System.arraycopy(period, 0, bytes, at, Math.min(PERIOD, bytes.length - at));
        }
        return bytes;
    }

    /** All bytes in one array: a piece that begins at a position of the stream is found at {@link #offset} of it. */
    public static byte[] array() {
        return BYTES;
    }

    /** Where in {@link #array()} the bytes from this position of the stream on are. */
    public static int offset(long position) {
        return (int) (position % PERIOD);
    }

    /**
     * Checks a piece that was received.
     *
     * @param position where in the stream it begins
     * @throws IOException when it is not what was sent
     */
    public static void check(byte[] piece, int length, long position) throws IOException {
        int from = offset(position);
        if (!Arrays.equals(piece, 0, length, BYTES, from, from + length)) {
            throw wrong(position);
        }
    }

    /** As {@link #check(byte[], int, long)}, from the buffer's beginning to its position. */
    static void check(ByteBuffer piece, long position) throws IOException {
        ByteBuffer received = piece.duplicate().flip();
        if (!received.equals(ByteBuffer.wrap(BYTES, offset(position), received.limit()))) {
            throw wrong(position);
        }
    }

    private static IOException wrong(long position) {
        return new IOException("The bytes from " + position + " on are not those that were sent");
    }
}
