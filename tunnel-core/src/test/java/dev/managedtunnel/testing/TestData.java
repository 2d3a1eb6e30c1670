package dev.managedtunnel.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * Pseudo-random bytes from a seed, the same on every machine, and their SHA-256. Makes well over a gigabyte a second,
 * so that the data never limits a transfer.
 */
public final class TestData {

    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private TestData() {}

    /** The first {@code length} bytes of the seed's sequence. */
    public static InputStream stream(long seed, long length) {
        return new Source(seed, length);
    }

    /** The first {@code length} bytes of the seed's sequence, at once. */
    public static byte[] bytes(long seed, int length) {
        try (InputStream in = stream(seed, length)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Part of the seed's sequence, from a position of the sequence into a part of an array. */
    public static void fill(long seed, long position, byte[] target, int offset, int count) {
        Source source = new Source(seed, Long.MAX_VALUE);
        source.position = position;
        source.read(target, offset, count);
    }

    /** The SHA-256, in hexadecimal, of {@link #stream}. */
    public static String sha256(long seed, long length) {
        return sha256(stream(seed, length));
    }

    /** The SHA-256, in hexadecimal. */
    public static String sha256(byte[] data) {
        return sha256(new ByteArrayInputStream(data));
    }

    /** The SHA-256, in hexadecimal, of all that the stream has; reads it to the end. */
    public static String sha256(InputStream in) {
        MessageDigest digest = newSha256();
        byte[] buffer = new byte[64 * 1024];
        try {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return hex(digest);
    }

    static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** SplitMix64, eight bytes a step; any byte can be computed from its position. */
    private static final class Source extends InputStream {
        private final long seed;
        private final long length;
        private long position;

        Source(long seed, long length) {
            this.seed = seed;
            this.length = length;
        }

        @Override
        public int read() {
            return position == length ? -1 : byteAt(position++);
        }

        @Override
        public int read(byte[] target, int offset, int count) {
            Objects.checkFromIndexSize(offset, count, target.length);
            if (count == 0) {
                return 0;
            }
            int n = (int) Math.min(count, length - position);
            if (n == 0) {
                return -1;
            }
            int at = offset;
            int end = offset + n;
            while (at < end) {
                if ((position & 7) == 0 && end - at >= 8) {
                    long word = word(position >>> 3);
                    for (int i = 0; i < 8; i++) {
                        target[at++] = (byte) (word >>> (i * 8));
                    }
                    position += 8;
                } else {
                    target[at++] = (byte) byteAt(position++);
                }
            }
            return n;
        }

        private int byteAt(long index) {
            return (int) (word(index >>> 3) >>> ((index & 7) * 8)) & 0xFF;
        }

        private long word(long index) {
            long z = seed + (index + 1) * GAMMA;
            z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
            z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
            return z ^ (z >>> 31);
        }
    }
}
