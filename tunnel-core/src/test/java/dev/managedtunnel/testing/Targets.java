package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** The ways in which a {@link Target} treats its connections. */
public final class Targets {

    private static final int BUFFER = 256 * 1024;

    private Targets() {}

    /** Sends back what it receives; after the client's EOF it closes. */
    public static Target.Behaviour echo() {
        return (connection, target) -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
            while (connection.read(buffer.clear()) >= 0) {
                write(connection, buffer.flip());
            }
        };
    }

    /** Receives to the end, records count and digest ({@link Target#received}), and closes without a word. */
    public static Target.Behaviour sink() {
        return Targets::receive;
    }

    /** Sends the first {@code length} bytes of {@link TestData} and closes; does not read. */
    public static Target.Behaviour source(long seed, long length) {
        return (connection, target) -> send(connection, seed, length);
    }

    /** Reads to the client's EOF, then answers with {@link #digestLine} of what it received, and closes. */
    public static Target.Behaviour digestAfterEof() {
        return (connection, target) -> {
            Target.Received received = receive(connection, target);
            write(connection, text(digestLine(received.bytes(), received.sha256())));
        };
    }

    /** What {@link #digestAfterEof} answers. */
    public static String digestLine(long bytes, String sha256) {
        return bytes + " " + sha256 + "\n";
    }

    /** Sends a text and closes at once, without reading what the client sends. */
    public static Target.Behaviour answerAndClose(String text) {
        return (connection, target) -> write(connection, text(text));
    }

    /**
     * Sends a text and its EOF, then goes on receiving to the client's EOF and records it: half-closed by the target.
     */
    public static Target.Behaviour answerThenReceive(String text) {
        return (connection, target) -> {
            write(connection, text(text));
            connection.shutdownOutput();
            receive(connection, target);
        };
    }

    /** Sends a text first, as many servers do, then echoes. */
    public static Target.Behaviour greetThenEcho(String greeting) {
        Target.Behaviour echo = echo();
        return (connection, target) -> {
            write(connection, text(greeting));
            echo.serve(connection, target);
        };
    }

    /** Sends the port at which it sees its client first, in four bytes, then echoes. */
    public static Target.Behaviour portThenEcho() {
        Target.Behaviour echo = echo();
        return (connection, target) -> {
            int port = ((InetSocketAddress) connection.getRemoteAddress()).getPort();
            write(connection, ByteBuffer.allocate(Integer.BYTES).putInt(port).flip());
            echo.serve(connection, target);
        };
    }

    /** Ends each connection with a RST at once; on a Unix socket it is just closed. */
    public static Target.Behaviour resetAtOnce() {
        return (connection, target) -> target.reset(connection);
    }

    /**
     * Receives at least so many bytes and then ends the connection with a RST; on a Unix socket the client sees one
     * when some of its bytes were not read.
     */
    public static Target.Behaviour resetAfter(long bytes) {
        return (connection, target) -> {
            ByteBuffer buffer = ByteBuffer.allocate(1024);
            long left = bytes;
            while (left > 0) {
                int n = connection.read(buffer.clear().limit((int) Math.min(left, buffer.capacity())));
                if (n < 0) {
                    return;
                }
                left -= n;
            }
            target.reset(connection);
        };
    }

    /** Accepts and never reads, never writes, never closes. */
    public static Target.Behaviour silent() {
        return (connection, target) -> target.hold(connection);
    }

    /** Sends the data without an end and never reads, until the connection breaks. */
    public static Target.Behaviour endlessSource(long seed) {
        return source(seed, Long.MAX_VALUE);
    }

    private static Target.Received receive(SocketChannel connection, Target target) throws IOException {
        MessageDigest digest = TestData.newSha256();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        long bytes = 0;
        boolean complete = false;
        try {
            int n;
            while ((n = connection.read(buffer.clear())) >= 0) {
                digest.update(buffer.flip());
                bytes += n;
            }
            complete = true;
        } finally {
            // a copy, since the answer needs the digest after the record
            target.record(new Target.Received(bytes, TestData.hex(copy(digest)), complete));
        }
        return new Target.Received(bytes, TestData.hex(digest), true);
    }

    private static MessageDigest copy(MessageDigest digest) {
        try {
            return (MessageDigest) digest.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("The JDK's SHA-256 can be cloned", e);
        }
    }

    private static void send(SocketChannel connection, long seed, long length) throws IOException {
        byte[] chunk = new byte[BUFFER];
        try (InputStream data = TestData.stream(seed, length)) {
            for (int n = data.read(chunk); n >= 0; n = data.read(chunk)) {
                write(connection, ByteBuffer.wrap(chunk, 0, n));
            }
        }
    }

    private static void write(SocketChannel connection, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            connection.write(bytes);
        }
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
