package dev.managedtunnel;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a session logs in with. Immutable and free of secrets: files and suppliers are read anew on each session start,
 * and what they gave is overwritten after use.
 */
public sealed interface Credentials {
    /**
     * A private key without a passphrase: {@code IdentityFile}. OpenSSH, PEM, PKCS#8 and PuTTY files; Ed25519, ECDSA and
     * RSA. A certificate beside it ({@code <file>-cert.pub}) is used when it is there. A leading {@code ~} is expanded.
     */
    static PrivateKey privateKey(Path file) {
        return new PrivateKey(UserHome.expand(file), null, null);
    }

    /**
     * A private key with a passphrase.
     *
     * @param passphrase asked on each session start; the array it returns is overwritten after use, so give a fresh one
     */
    static PrivateKey privateKey(Path file, Supplier<char[]> passphrase) {
        return new PrivateKey(UserHome.expand(file), Objects.requireNonNull(passphrase, "passphrase"), null);
    }

    /**
     * A password, for the methods {@code password} and {@code keyboard-interactive} (it answers the prompts that do not
     * echo).
     *
     * @param password asked on each session start; the array it returns is overwritten after use, so give a fresh one
     */
    static Password password(Supplier<char[]> password) {
        return new Password(Objects.requireNonNull(password, "password"));
    }

    /** A private key file, with its certificate where there is one. Immutable. */
    final class PrivateKey implements Credentials {
        private final Path file;
        private final @Nullable Supplier<char[]> passphrase;
        private final @Nullable Path certificate;

        private PrivateKey(Path file, @Nullable Supplier<char[]> passphrase, @Nullable Path certificate) {
            this.file = file;
            this.passphrase = passphrase;
            this.certificate = certificate;
        }

        /** The same key with this OpenSSH user certificate: {@code CertificateFile}. A leading {@code ~} is expanded. */
        public PrivateKey withCertificate(Path certificateFile) {
            return new PrivateKey(file, passphrase, UserHome.expand(certificateFile));
        }

        /** The key file. */
        public Path file() {
            return file;
        }

        /** Where the passphrase comes from. */
        public Optional<Supplier<char[]>> passphrase() {
            return Optional.ofNullable(passphrase);
        }

        /** The certificate asked for; without one, {@code <file>-cert.pub} is used when it is there. */
        public Optional<Path> certificate() {
            return Optional.ofNullable(certificate);
        }

        @Override
        public String toString() {
            return "private key " + file;
        }
    }

    /** A password from a supplier. Immutable. */
    final class Password implements Credentials {
        private final Supplier<char[]> supplier;

        private Password(Supplier<char[]> supplier) {
            this.supplier = supplier;
        }

        /** Where the password comes from. */
        public Supplier<char[]> supplier() {
            return supplier;
        }

        @Override
        public String toString() {
            return "password";
        }
    }
}
