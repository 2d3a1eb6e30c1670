package dev.managedtunnel.internal.link.jsch;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** How a public key is shown to people. */
final class HostKeyText {
    private static final int LONGEST_TYPE = 100;

    private HostKeyText() {}

    /** The kind of key that its encoded form names first; empty when it names none. */
    static String type(byte[] key) {
        try {
            byte[] name = Encodings.string(ByteBuffer.wrap(key));
            return name.length > LONGEST_TYPE ? "" : new String(name, StandardCharsets.US_ASCII);
        } catch (BufferUnderflowException notAKey) {
            return "";
        }
    }

    /** As {@code ssh-keygen -l} prints it. */
    static String fingerprint(byte[] key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key);
            return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** {@code ssh-ed25519 SHA256:…}. */
    static String of(byte[] key) {
        return Text.oneLine(type(key)) + " " + fingerprint(key);
    }
}
