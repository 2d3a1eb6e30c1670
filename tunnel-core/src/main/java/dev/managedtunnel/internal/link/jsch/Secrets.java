package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.FailureReason;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Takes secrets from suppliers and leaves no copy but the one it returns. */
final class Secrets {
    /** UTF-8 takes at most so many for a char. */
    private static final int MOST_BYTES = 3;

    private Secrets() {}

    /**
     * The secret in UTF-8; the supplier's array is overwritten.
     *
     * @return null when the supplier gave nothing
     * @throws RuntimeException what the supplier throws
     */
    static byte @Nullable [] take(Supplier<char[]> supplier) {
        char[] secret = supplier.get();
        if (secret == null || secret.length == 0) {
            return null;
        }
        // A buffer of our own, of the greatest size it may need: one that grows would leave copies behind.
        ByteBuffer encoded = ByteBuffer.allocate(secret.length * MOST_BYTES);
        StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(secret), encoded, true);
        byte[] bytes = Arrays.copyOf(encoded.array(), encoded.position());
        Arrays.fill(encoded.array(), (byte) 0);
        Arrays.fill(secret, '\0');
        return bytes;
    }

    /**
     * The secret in UTF-8; the supplier's array is overwritten.
     *
     * @param whose names the supplier in texts
     * @throws StartFailure when the supplier gives nothing or throws, or the start is given up
     */
    static byte[] take(Asking asking, Supplier<char[]> supplier, String whose) {
        byte @Nullable [] secret;
        try {
            secret = asking.ask(whose, () -> take(supplier));
        } catch (StartFailure givenUp) {
            throw givenUp;
        } catch (RuntimeException e) {
            String why = whose + " failed with " + e.getClass().getName();
            throw new StartFailure(FailureReason.AUTH_REJECTED, why, e);
        }
        if (secret == null) {
            throw new StartFailure(FailureReason.AUTH_REJECTED, whose + " gave no password", null);
        }
        return secret;
    }

    /** The same characters with one byte each; null when that changes nothing or is not possible. */
    static byte @Nullable [] asLatin1(byte[] utf8) {
        CharBuffer chars = CharBuffer.allocate(utf8.length);
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8), chars, true);
        int length = chars.position();
        byte[] latin1 = new byte[length];
        boolean possible = length < utf8.length;
        for (int i = 0; i < length; i++) {
            char c = chars.get(i);
            possible &= c <= 0xff;
            latin1[i] = (byte) c;
        }
        Arrays.fill(chars.array(), '\0');
        return possible ? latin1 : null;
    }

    static void wipe(byte[] secret) {
        Arrays.fill(secret, (byte) 0);
    }
}
