package dev.managedtunnel.internal.link.jsch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Ed25519 keys in PKCS#8, as OpenSSL writes them: the one usual format that JSch reads only with Bouncy Castle, since
 * the file lacks the public half. The JDK can compute it; the key is then handed to JSch in OpenSSH's format. All copies
 * of the secret but the result are overwritten.
 */
final class Ed25519Pkcs8 {
    private static final String ED25519 = "ssh-ed25519";
    private static final int KEY = 32;
    private static final int CHECK = 0x5EC2E7;
    private static final int SECRET = 136;
    private static final int CONTAINER = 512;

    private Ed25519Pkcs8() {}

    /** The key of a file without passphrase in OpenSSH's format; null when it is no such file. */
    static byte @Nullable [] plain(byte[] file) {
        byte[] der = content(file, "PRIVATE KEY");
        return der == null ? null : convert(der);
    }

    /** The key of a file with that passphrase; null when it is no such file or the passphrase is wrong. */
    static byte @Nullable [] decrypted(byte[] file, byte[] passphrase) {
        byte[] der = content(file, "ENCRYPTED PRIVATE KEY");
        if (der == null) {
            return null;
        }
        CharBuffer secret = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(passphrase));
        char[] chars = new char[secret.remaining()];
        secret.duplicate().get(chars);
        PBEKeySpec spec = new PBEKeySpec(chars);
        try {
            EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
            AlgorithmParameters parameters = info.getAlgParameters();
            // The JDK names the scheme of PBES2 only here.
            SecretKey key = SecretKeyFactory.getInstance(parameters.toString()).generateSecret(spec);
            Cipher cipher = Cipher.getInstance(parameters.toString());
            cipher.init(Cipher.DECRYPT_MODE, key, parameters);
            return convert(cipher.doFinal(info.getEncryptedData()));
        } catch (GeneralSecurityException | IOException notSuch) {
            return null;
        } finally {
            spec.clearPassword();
            Arrays.fill(chars, '\0');
            while (secret.hasRemaining()) {
                secret.put('\0');
            }
        }
    }

    private static byte @Nullable [] content(byte[] file, String label) {
        byte[] begin = Encodings.ascii("-----BEGIN " + label + "-----");
        int start = indexOf(file, begin, 0);
        int end = start < 0 ? -1 : indexOf(file, Encodings.ascii("-----END"), start + begin.length);
        if (end < 0) {
            return null;
        }
        byte[] body = Arrays.copyOfRange(file, start + begin.length, end);
        try {
            return Base64.getMimeDecoder().decode(body);
        } catch (IllegalArgumentException damaged) {
            return null;
        } finally {
            Secrets.wipe(body);
        }
    }

    private static byte @Nullable [] convert(byte[] der) {
        byte @Nullable [] seed = null;
        try {
            EdECPrivateKey key =
                    (EdECPrivateKey) KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(der));
            seed = key.getBytes().orElseThrow();
            return openSsh(seed, publicHalf(seed));
        } catch (InvalidKeySpecException another) {
            return null;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has Ed25519", e);
        } finally {
            Secrets.wipe(der);
            if (seed != null) {
                Secrets.wipe(seed);
            }
        }
    }

    /** The JDK has no call for it, but generates the pair from what its source of randomness gives: the seed. */
    private static byte[] publicHalf(byte[] seed) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        generator.initialize(8 * KEY - 1, new SecureRandom() {
            @Override
            public void nextBytes(byte[] bytes) {
                System.arraycopy(seed, 0, bytes, 0, bytes.length);
            }
        });
        PublicKey key = generator.generateKeyPair().getPublic();
        byte[] encoded = key.getEncoded();
        return Arrays.copyOfRange(encoded, encoded.length - KEY, encoded.length);
    }

    /** As OpenSSH's PROTOCOL.key describes it, without encryption. */
    private static byte[] openSsh(byte[] seed, byte[] publicHalf) {
        ByteBuffer blob = ByteBuffer.allocate(CONTAINER);
        Encodings.putString(blob, Encodings.ascii(ED25519));
        Encodings.putString(blob, publicHalf);
        byte[] both = Arrays.copyOf(seed, 2 * KEY);
        System.arraycopy(publicHalf, 0, both, KEY, KEY);
        ByteBuffer secret = ByteBuffer.allocate(SECRET);
        secret.putInt(CHECK).putInt(CHECK).put(written(blob));
        Encodings.putString(secret, both);
        Encodings.putString(secret, new byte[0]);
        for (byte padding = 1; secret.hasRemaining(); padding++) {
            secret.put(padding);
        }
        ByteBuffer container = ByteBuffer.allocate(CONTAINER);
        container.put(Encodings.ascii("openssh-key-v1\0"));
        Encodings.putString(container, Encodings.ascii("none"));
        Encodings.putString(container, Encodings.ascii("none"));
        Encodings.putString(container, new byte[0]);
        container.putInt(1);
        Encodings.putString(container, written(blob));
        Encodings.putString(container, secret.array());
        byte[] plain = written(container);
        byte[] result = Encodings.pem("OPENSSH PRIVATE KEY", plain);
        for (byte[] copy : new byte[][] {both, secret.array(), container.array(), plain}) {
            Secrets.wipe(copy);
        }
        return result;
    }

    private static byte[] written(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.position()];
        buffer.duplicate().flip().get(bytes);
        return bytes;
    }

    private static int indexOf(byte[] bytes, byte[] part, int from) {
        for (int i = from; i <= bytes.length - part.length; i++) {
            if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        return -1;
    }
}
