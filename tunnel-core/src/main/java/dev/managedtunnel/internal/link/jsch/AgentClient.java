package dev.managedtunnel.internal.link.jsch;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks an SSH agent on its Unix socket, by a connection for each question; an interrupt closes it. Not by JSch's own class:
 * that takes every failure for an agent without keys, reads past the end of a connection, and asks for a SHA-1 signature
 * when the key is an RSA certificate. Immutable; each call blocks.
 */
final class AgentClient {
    private static final int FAILURE = 5;
    private static final int LIST = 11;
    private static final int KEYS = 12;
    private static final int SIGN = 13;
    private static final int SIGNATURE = 14;
    /** Of OpenSSH's agent. */
    private static final int LONGEST_REPLY = 256 * 1024;

    private final Path socket;

    AgentClient(Path socket) {
        this.socket = socket;
    }

    /** A key of the agent. */
    static final class Entry {
        /** The public half, or the certificate. */
        final byte[] blob;

        final String comment;

        private Entry(byte[] blob, String comment) {
            this.blob = blob;
            this.comment = comment;
        }
    }

    /** All keys, in the agent's order. */
    List<Entry> keys() throws IOException {
        try {
            ByteBuffer reply = ask(new byte[] {LIST}, KEYS);
            List<Entry> keys = new ArrayList<>();
            for (int left = reply.getInt(); left > 0; left--) {
                byte[] blob = Encodings.string(reply);
                keys.add(new Entry(blob, new String(Encodings.string(reply), StandardCharsets.UTF_8)));
            }
            return keys;
        } catch (BufferUnderflowException e) {
            throw new IOException("its answer is damaged", e);
        }
    }

    /** A signature, in the form that goes into a login. */
    byte[] sign(byte[] blob, byte[] data, int flags) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(request);
        fields.writeByte(SIGN);
        fields.writeInt(blob.length);
        fields.write(blob);
        fields.writeInt(data.length);
        fields.write(data);
        fields.writeInt(flags);
        try {
            return Encodings.string(ask(request.toByteArray(), SIGNATURE));
        } catch (BufferUnderflowException e) {
            throw new IOException("its answer is damaged", e);
        }
    }

    private ByteBuffer ask(byte[] request, int expected) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer out = ByteBuffer.allocate(Integer.BYTES + request.length);
            out.putInt(request.length).put(request).flip();
            while (out.hasRemaining()) {
                channel.write(out);
            }
            int length = read(channel, Integer.BYTES).getInt();
            if (length <= 0 || length > LONGEST_REPLY) {
                throw new IOException("its answer is damaged");
            }
            ByteBuffer reply = read(channel, length);
            int type = reply.get();
            if (type != expected) {
                throw new IOException(type == FAILURE ? "it refused" : "it gave an unknown answer: " + type);
            }
            return reply;
        } catch (UnsupportedOperationException e) {
            throw new IOException("this system has no Unix sockets", e);
        }
    }

    private static ByteBuffer read(SocketChannel channel, int length) throws IOException {
        ByteBuffer in = ByteBuffer.allocate(length);
        while (in.hasRemaining()) {
            if (channel.read(in) < 0) {
                throw new EOFException("it hung up");
            }
        }
        return in.flip();
    }
}
