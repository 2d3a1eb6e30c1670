package dev.managedtunnel.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * An SSH agent on a real Unix socket that behaves as told. Its one key is a FIDO key ({@code sk-ssh-ed25519}) without a
 * device: what the device would do is computed here, so that a real server accepts it.
 */
public final class FakeAgent implements AutoCloseable {

    /** What it does with a question. */
    public enum Manner {
        /** Answers as it should. */
        ANSWER,
        /** Says no. */
        REFUSE,
        /** Says nothing. */
        HANG,
        /** Hangs up in the middle of its answer. */
        HANG_UP,
        /** Answers with a message whose length is nonsense. */
        BABBLE,
        /** Answers with a message that says it holds more than it does. */
        DAMAGE
    }

    private static final int FAILURE = 5;
    private static final int LIST = 11;
    private static final int KEYS = 12;
    private static final int SIGN = 13;
    private static final int SIGNATURE = 14;
    private static final String TYPE = "sk-ssh-ed25519@openssh.com";
    private static final String APPLICATION = "ssh:";
    private static final int USER_PRESENT = 1;

    private final ScratchDir dir = new ScratchDir("fakeagent");
    private final KeyPair pair;
    private final byte[] blob;
    private final ServerSocketChannel listener;
    private final Thread thread = new Thread(this::serve, "fixture-fake-agent");
    private final CountDownLatch signatureAsked = new CountDownLatch(1);
    private volatile Manner listing = Manner.ANSWER;
    private volatile Manner signing = Manner.ANSWER;
    private int counter;

    private FakeAgent() {
        try {
            pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] encoded = pair.getPublic().getEncoded();
            blob = strings(
                    TYPE.getBytes(StandardCharsets.US_ASCII),
                    Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length),
                    APPLICATION.getBytes(StandardCharsets.US_ASCII));
            listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listener.bind(UnixDomainSocketAddress.of(socket()));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("Can't make an agent", e);
        }
    }

    /** Starts one that answers. */
    public static FakeAgent start() {
        FakeAgent agent = new FakeAgent();
        agent.thread.setDaemon(true);
        agent.thread.start();
        return agent;
    }

    /** What it does when it is asked for its keys. */
    public FakeAgent listing(Manner manner) {
        listing = manner;
        return this;
    }

    /** What it does when it is asked for a signature. */
    public FakeAgent signing(Manner manner) {
        signing = manner;
        return this;
    }

    /** Where it listens. */
    public Path socket() {
        return dir.resolve("s");
    }

    /** Its key, as a line of {@code authorized_keys}. */
    public String publicLine() {
        return TYPE + " " + Base64.getEncoder().encodeToString(blob) + " fido";
    }

    /** Waits until it is asked for a signature. */
    public void awaitSignatureAsked() {
        try {
            if (!signatureAsked.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("No signature was asked for");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void serve() {
        while (true) {
            try (SocketChannel client = listener.accept()) {
                serve(client);
            } catch (ClosedChannelException closed) {
                return;
            } catch (IOException | GeneralSecurityException clientGone) {
                // the next one may be better
            }
        }
    }

    private void serve(SocketChannel client) throws IOException, GeneralSecurityException {
        DataInputStream in = new DataInputStream(Channels.newInputStream(client));
        DataOutputStream out = new DataOutputStream(Channels.newOutputStream(client));
        while (true) {
            byte[] request = in.readNBytes(in.readInt());
            if (request[0] == SIGN) {
                signatureAsked.countDown();
            }
            byte[] answer = request[0] == LIST ? keys() : signature(request);
            switch (request[0] == LIST ? listing : signing) {
                case ANSWER -> write(out, answer.length, answer);
                case REFUSE -> write(out, 1, new byte[] {FAILURE});
                case HANG -> {
                    // until the client hangs up
                    in.readByte();
                    throw new EOFException();
                }
                case HANG_UP -> {
                    write(out, answer.length, Arrays.copyOf(answer, answer.length / 2));
                    return;
                }
                case BABBLE -> write(out, Integer.MAX_VALUE, answer);
                case DAMAGE -> write(out, answer.length / 2, Arrays.copyOf(answer, answer.length / 2));
                default -> throw new IllegalStateException();
            }
        }
    }

    private static void write(DataOutputStream out, int length, byte[] message) throws IOException {
        out.writeInt(length);
        out.write(message);
    }

    private byte[] keys() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(message);
        fields.writeByte(KEYS);
        fields.writeInt(1);
        fields.write(strings(blob, "fido\u001b[2J".getBytes(StandardCharsets.US_ASCII)));
        return message.toByteArray();
    }

    /** As in PROTOCOL.u2f of OpenSSH's sources. */
    private byte[] signature(byte[] request) throws IOException, GeneralSecurityException {
        DataInputStream fields = new DataInputStream(new java.io.ByteArrayInputStream(request, 1, request.length - 1));
        fields.readNBytes(fields.readInt());
        byte[] data = fields.readNBytes(fields.readInt());
        counter++;
        MessageDigest digest = TestData.newSha256();
        ByteArrayOutputStream signed = new ByteArrayOutputStream();
        DataOutputStream device = new DataOutputStream(signed);
        device.write(digest.digest(APPLICATION.getBytes(StandardCharsets.US_ASCII)));
        device.writeByte(USER_PRESENT);
        device.writeInt(counter);
        device.write(digest.digest(data));
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(signed.toByteArray());
        ByteArrayOutputStream result = new ByteArrayOutputStream();
        DataOutputStream parts = new DataOutputStream(result);
        parts.write(strings(TYPE.getBytes(StandardCharsets.US_ASCII), signature.sign()));
        parts.writeByte(USER_PRESENT);
        parts.writeInt(counter);
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.write(SIGNATURE);
        message.write(strings(result.toByteArray()));
        return message.toByteArray();
    }

    private static byte[] strings(byte[]... strings) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(out);
        for (byte[] string : strings) {
            fields.writeInt(string.length);
            fields.write(string);
        }
        return out.toByteArray();
    }

    @Override
    public void close() {
        try {
            listener.close();
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        dir.close();
    }
}
