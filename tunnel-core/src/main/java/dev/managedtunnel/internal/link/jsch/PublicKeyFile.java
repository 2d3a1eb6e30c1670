package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.FailureReason;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Public keys and certificates in OpenSSH's form. */
final class PublicKeyFile {
    private static final String CERTIFICATE = "-cert-v01";

    private PublicKeyFile() {}

    /**
     * The encoded key of a file.
     *
     * @param file of the public half; of the private one, the public half is looked for beside it
     * @throws StartFailure when there is none
     */
    static byte[] read(Path file) {
        Path beside = Path.of(file + ".pub");
        Path used = file.toString().endsWith(".pub") || !Files.exists(beside) ? file : beside;
        try {
            byte[] blob = parse(Files.readString(used, StandardCharsets.ISO_8859_1));
            if (blob == null) {
                throw unreadable(used, "is no public key of OpenSSH's form", null);
            }
            return blob;
        } catch (IOException e) {
            throw unreadable(used, "can't be read: " + e, e);
        }
    }

    /** The encoded key of a line {@code type base64 comment}; null when it is no such line. */
    static byte @Nullable [] parse(String line) {
        String[] parts = line.strip().split("\\s+", 3);
        if (parts.length < 2) {
            return null;
        }
        try {
            byte[] blob = Base64.getDecoder().decode(parts[1]);
            return HostKeyText.type(blob).equals(parts[0]) ? blob : null;
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
    }

    /** The encoded key that a certificate is for; null when it is no certificate. */
    static byte @Nullable [] certified(byte[] certificate) {
        String type = HostKeyText.type(certificate);
        if (!LoadedKey.isCertificate(type)) {
            return null;
        }
        // The FIDO types keep their "@openssh.com".
        String suffix = type.startsWith("sk-") ? CERTIFICATE : type.substring(type.indexOf(CERTIFICATE));
        byte[] plain = type.replace(suffix, "").getBytes(StandardCharsets.US_ASCII);
        try {
            ByteBuffer buffer = ByteBuffer.wrap(certificate);
            skip(buffer, 2); // the type and a random number
            int start = buffer.position();
            skip(buffer, fields(type));
            return ByteBuffer.allocate(Integer.BYTES + plain.length + buffer.position() - start)
                    .putInt(plain.length)
                    .put(plain)
                    .put(certificate, start, buffer.position() - start)
                    .array();
        } catch (BufferUnderflowException | IllegalArgumentException damaged) {
            return null;
        }
    }

    /** What makes up a key of that type: its numbers, its curve, its application. */
    private static int fields(String type) {
        if (type.startsWith("sk-ecdsa")) {
            return 3;
        }
        if (type.startsWith("ssh-ed")) {
            return 1;
        }
        return type.startsWith("ssh-dss") ? 4 : 2;
    }

    private static void skip(ByteBuffer buffer, int strings) {
        for (int i = 0; i < strings; i++) {
            buffer.position(Math.addExact(buffer.position() + Integer.BYTES, buffer.getInt(buffer.position())));
        }
    }

    private static StartFailure unreadable(Path file, String why, @Nullable Throwable cause) {
        return new StartFailure(FailureReason.KEY_UNREADABLE, "public key " + file + " " + why, cause);
    }
}
