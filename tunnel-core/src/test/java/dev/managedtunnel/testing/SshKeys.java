package dev.managedtunnel.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Key files for tests. {@link #ed25519} needs nothing but the JDK; other types and formats and certificates are made by
 * {@code ssh-keygen} and skip the test where it is missing; PuTTY's files are fixed ones from the resources.
 */
public final class SshKeys {

    /** Types of keys. */
    public enum Type {
        ED25519("ed25519", 256),
        ECDSA_256("ecdsa", 256),
        ECDSA_384("ecdsa", 384),
        ECDSA_521("ecdsa", 521),
        RSA_2048("rsa", 2048),
        RSA_3072("rsa", 3072);

        private final String name;
        private final int bits;

        Type(String name, int bits) {
            this.name = name;
            this.bits = bits;
        }
    }

    /** Formats of private keys that {@code ssh-keygen} writes. */
    public enum Format {
        OPENSSH,
        /** The traditional one: {@code BEGIN RSA PRIVATE KEY}, {@code BEGIN EC PRIVATE KEY}; not for Ed25519. */
        PEM,
        /** {@code BEGIN PRIVATE KEY} and {@code BEGIN ENCRYPTED PRIVATE KEY}; Ed25519 only without passphrase. */
        PKCS8
    }

    /** A private key's file, its public key's file, and the passphrase when it has one. */
    public record KeyFile(
            Path privateKey, Path publicKey, @Nullable String passphrase) {
        /** The public key as a line of {@code authorized_keys}. */
        public String publicLine() {
            return read(publicKey).strip();
        }

        /** The fingerprint as OpenSSH shows it, {@code SHA256:…}. */
        public String fingerprint() {
            return SshKeys.fingerprint(publicLine());
        }

        @Override
        public String toString() {
            return privateKey.getFileName() + (passphrase == null ? "" : " (with passphrase)");
        }
    }

    private static final String ED25519 = "ssh-ed25519";
    private static final String PUTTY_PASSPHRASE = "correct horse";
    private static final List<String> PUTTY_FILES = List.of(
            "ed25519-v2",
            "ed25519-v3",
            "ecdsa-v2",
            "ecdsa-v3",
            "rsa-v2",
            "rsa-v3",
            "ed25519-v2-encrypted",
            "rsa-v2-encrypted",
            "ed25519-v3-encrypted",
            "rsa-v3-encrypted");

    private SshKeys() {}

    /** Makes an Ed25519 key without passphrase in OpenSSH's format, without any tool. */
    public static KeyFile ed25519(Path dir, String name) {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] publicKey = last32(pair.getPublic().getEncoded());
            byte[] seed = last32(pair.getPrivate().getEncoded());
            byte[] blob = blob(ED25519.getBytes(StandardCharsets.US_ASCII), publicKey);
            KeyFile file = new KeyFile(dir.resolve(name), dir.resolve(name + ".pub"), null);
            writePrivate(
                    file.privateKey(), pem("OPENSSH PRIVATE KEY", openSshContainer(blob, publicKey, seed, name), 70));
            Files.writeString(
                    file.publicKey(), ED25519 + " " + Base64.getEncoder().encodeToString(blob) + " " + name + "\n");
            return file;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("Can't make the key " + name + " in " + dir, e);
        }
    }

    /** Makes a key; with a passphrase unless that is null. */
    public static KeyFile generate(Path dir, String name, Type type, Format format, @Nullable String passphrase) {
        if (type == Type.ED25519 && format == Format.PKCS8 && passphrase == null) {
            return ed25519Pkcs8(dir, name);
        }
        if (type == Type.ED25519 && format != Format.OPENSSH) {
            throw new IllegalArgumentException("ssh-keygen writes no Ed25519 key as " + format);
        }
        Requires.sshKeygen();
        KeyFile file = new KeyFile(dir.resolve(name), dir.resolve(name + ".pub"), passphrase);
        List<String> command = new ArrayList<>(List.of(
                "ssh-keygen",
                "-q",
                "-t",
                type.name,
                "-b",
                String.valueOf(type.bits),
                "-N",
                passphrase == null ? "" : passphrase,
                "-C",
                name,
                "-f",
                file.privateKey().toString()));
        if (format != Format.OPENSSH) {
            command.addAll(List.of("-m", format.name().toUpperCase(Locale.ROOT)));
        }
        Exec.run(command);
        return file;
    }

    /** Makes an Ed25519 key in PKCS#8 without passphrase, which no {@code ssh-keygen} writes. */
    private static KeyFile ed25519Pkcs8(Path dir, String name) {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] blob = blob(
                    ED25519.getBytes(StandardCharsets.US_ASCII),
                    last32(pair.getPublic().getEncoded()));
            KeyFile file = new KeyFile(dir.resolve(name), dir.resolve(name + ".pub"), null);
            writePrivate(file.privateKey(), pem("PRIVATE KEY", pair.getPrivate().getEncoded(), 64));
            Files.writeString(
                    file.publicKey(), ED25519 + " " + Base64.getEncoder().encodeToString(blob) + " " + name + "\n");
            return file;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("Can't make the key " + name + " in " + dir, e);
        }
    }

    /**
     * Lets a certificate authority sign a user's key; more options of {@code ssh-keygen -s} such as {@code -V +1h} may
     * follow.
     *
     * @return the certificate's file, {@code <key>-cert.pub}
     */
    public static Path signUser(KeyFile authority, KeyFile key, String principal, String... options) {
        return sign(authority, key.publicKey(), principal, Arrays.asList(options));
    }

    /** Lets a certificate authority sign a host's key for the names that clients use, separated by commas. */
    public static Path signHost(KeyFile authority, Path hostPublicKey, String names) {
        return sign(authority, hostPublicKey, names, List.of("-h"));
    }

    private static Path sign(KeyFile authority, Path publicKey, String principals, List<String> options) {
        Requires.sshKeygen();
        List<String> command = new ArrayList<>(List.of("ssh-keygen", "-q"));
        command.addAll(List.of("-s", authority.privateKey().toString()));
        command.addAll(List.of("-I", publicKey.getFileName().toString(), "-n", principals));
        command.addAll(options);
        command.add(publicKey.toString());
        Exec.run(command);
        String name = publicKey.getFileName().toString();
        return publicKey.resolveSibling(name.replaceFirst("\\.pub$", "") + "-cert.pub");
    }

    /** Copies PuTTY's key files of all types and versions to a directory. */
    public static List<KeyFile> putty(Path dir) {
        return PUTTY_FILES.stream().map(name -> putty(dir, name)).toList();
    }

    /** Copies one of PuTTY's key files, such as {@code rsa-v3} or {@code ed25519-v2-encrypted}, to a directory. */
    public static KeyFile putty(Path dir, String name) {
        Path privateKey = dir.resolve(name + ".ppk");
        Path publicKey = dir.resolve(name + ".pub");
        writePrivate(privateKey, resource("/ppk/" + name + ".ppk"));
        try {
            Files.writeString(publicKey, resource("/ppk/" + name.replaceFirst("-.*", "") + ".pub"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new KeyFile(privateKey, publicKey, name.endsWith("-encrypted") ? PUTTY_PASSPHRASE : null);
    }

    /** The fingerprint of a public key, given as a line {@code type base64 comment}. */
    public static String fingerprint(String publicLine) {
        byte[] blob = Base64.getDecoder().decode(publicLine.strip().split("\\s+", -1)[1]);
        MessageDigest digest = TestData.newSha256();
        return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest.digest(blob));
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("Can't read " + file, e);
        }
    }

    private static String resource(String path) {
        try (InputStream in = SshKeys.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalArgumentException("No test resource " + path);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void writePrivate(Path file, String content) {
        try {
            if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.deleteIfExists(file);
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write " + file, e);
        }
    }

    /** Both encodings of the JDK end with the 32 bytes that count. */
    private static byte[] last32(byte[] encoded) {
        return Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
    }

    /** The format of PROTOCOL.key in OpenSSH's source, without encryption. */
    private static byte[] openSshContainer(byte[] blob, byte[] publicKey, byte[] seed, String comment)
            throws IOException {
        ByteArrayOutputStream secret = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(secret);
        fields.writeInt(0x5EED5EED);
        fields.writeInt(0x5EED5EED);
        byte[] both = Arrays.copyOf(seed, 64);
        System.arraycopy(publicKey, 0, both, 32, 32);
        fields.write(blob(
                ED25519.getBytes(StandardCharsets.US_ASCII),
                publicKey,
                both,
                comment.getBytes(StandardCharsets.UTF_8)));
        for (int padding = 1; secret.size() % 8 != 0; padding++) {
            fields.write(padding);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DataOutputStream container = new DataOutputStream(out);
        container.write("openssh-key-v1\0".getBytes(StandardCharsets.US_ASCII));
        byte[] none = "none".getBytes(StandardCharsets.US_ASCII);
        container.write(blob(none, none, new byte[0]));
        container.writeInt(1);
        container.write(blob(blob, secret.toByteArray()));
        return out.toByteArray();
    }

    /** Strings of the SSH wire format, one after the other. */
    private static byte[] blob(byte[]... strings) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(out);
        for (byte[] string : strings) {
            fields.writeInt(string.length);
            fields.write(string);
        }
        return out.toByteArray();
    }

    private static String pem(String label, byte[] content, int lineLength) {
        Base64.Encoder lines = Base64.getMimeEncoder(lineLength, new byte[] {'\n'});
        return "-----BEGIN " + label + "-----\n" + lines.encodeToString(content) + "\n-----END " + label + "-----\n";
    }
}
