package dev.managedtunnel.examples.benchmarks.target;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * The first bytes of each connection: what the target is to do with the rest of it.
 *
 * @param what what to do
 * @param amount how many bytes, or messages
 * @param time how long at most, or how long between two messages, in microseconds
 */
public record Request(What what, long amount, long time) {
    /** What a target can do. */
    public enum What {
        /** Reads {@code amount} bytes, or as many as come within {@code time}, and answers with their number (8 bytes). */
        SINK('k'),
        /** Sends {@code amount} bytes, as fast as they are taken. */
        SOURCE('s'),
        /** Both at the same time, {@code amount} bytes each way. */
        BOTH('b'),
        /** Sends back what it gets. */
        ECHO('e'),
        /** Sends {@code amount} messages, one every {@code time}, each beginning with the time when it was sent. */
        PUSH('p');

        private final char letter;

        What(char letter) {
            this.letter = letter;
        }

        private static What of(int letter) throws IOException {
            for (What what : values()) {
                if (what.letter == letter) {
                    return what;
                }
            }
            throw new IOException("Not a request: it begins with " + letter);
        }
    }

    /** The size of a message that is pushed or echoed. */
    public static final int MESSAGE = 64;

    /** How many bytes a request takes. */
    public static final int BYTES = 17;

    /** This request as it is sent. */
    public byte[] bytes() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(BYTES);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(what.letter);
            out.writeLong(amount);
            out.writeLong(time);
        }
        return bytes.toByteArray();
    }

    /** Sends it, in one piece. */
    public void send(OutputStream out) throws IOException {
        out.write(bytes());
    }

    static Request read(DataInputStream in) throws IOException {
        return new Request(What.of(in.readByte()), in.readLong(), in.readLong());
    }
}
