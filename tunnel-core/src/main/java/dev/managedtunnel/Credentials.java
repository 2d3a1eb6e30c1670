package dev.managedtunnel;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
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
     * A password, for the methods {@code password} and {@code keyboard-interactive}. There it answers the prompts that do
     * not echo; beside {@link #keyboardInteractive} only a single one that asks for a password.
     *
     * @param password asked on each session start; the array it returns is overwritten after use, so give a fresh one
     */
    static Password password(Supplier<char[]> password) {
        return new Password(Objects.requireNonNull(password, "password"));
    }

    /**
     * The keys and certificates of the SSH agent at {@code SSH_AUTH_SOCK}, asked anew on each session start. FIDO keys
     * ({@code sk-…}) are used where the agent can reach the device; a signature that waits for a touch has the session
     * start's time. Keys that {@code ssh-add -h} binds to hosts are not: the agent refuses to sign with them.
     *
     * <p>The gateway counts each key it refuses as a failed login, and allows six by default: for an agent that holds many,
     * say with {@link Agent#onlyKeys} which to offer.
     */
    static Agent agent() {
        return new Agent(null, List.of());
    }

    /** The same for the agent that listens on this Unix socket: {@code IdentityAgent}. A leading {@code ~} is expanded. */
    static Agent agent(Path socket) {
        return new Agent(UserHome.expand(socket), List.of());
    }

    /**
     * Answers what the gateway asks by the method {@code keyboard-interactive}, such as for a one-time code. Together with
     * a key or password for gateways that want both: those are used first wherever the gateway asks for them, and a
     * {@link #password} also answers a single prompt for a password here.
     *
     * <p>Each challenge is put once in a session start: put again it means that the answer was wrong, and the login fails,
     * since gateways lock accounts. A tunnel logs in again whenever its session was lost, so whoever answers has to be
     * there then too, or declines.
     *
     * @param responder called on each session start whose gateway asks, on a thread that may block
     */
    static KeyboardInteractive keyboardInteractive(Challenge.Responder responder) {
        return new KeyboardInteractive(Objects.requireNonNull(responder, "responder"));
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

    /** The keys of an SSH agent. Immutable. */
    final class Agent implements Credentials {
        private final @Nullable Path socket;
        private final List<Path> publicKeys;

        private Agent(@Nullable Path socket, List<Path> publicKeys) {
            this.socket = socket;
            this.publicKeys = publicKeys;
        }

        /**
         * The same agent with these keys only, in this order, each after the certificates that the agent has for it:
         * {@code IdentitiesOnly} with {@code IdentityFile}. A leading {@code ~} is expanded.
         *
         * @param publicKey a {@code .pub} file; of a private key's name, the file beside it that ends so
         */
        public Agent onlyKeys(Path publicKey, Path... more) {
            return new Agent(
                    socket,
                    Stream.concat(Stream.of(publicKey), Stream.of(more))
                            .map(UserHome::expand)
                            .toList());
        }

        /** The agent's socket; without one, that of {@code SSH_AUTH_SOCK}. */
        public Optional<Path> socket() {
            return Optional.ofNullable(socket);
        }

        /** The public key files of the keys to use; empty for all keys. */
        public List<Path> publicKeys() {
            return publicKeys;
        }

        @Override
        public String toString() {
            return "SSH agent" + (socket == null ? "" : " " + socket);
        }
    }

    /** Answers from a callback. Immutable. */
    final class KeyboardInteractive implements Credentials {
        private final Challenge.Responder responder;

        private KeyboardInteractive(Challenge.Responder responder) {
            this.responder = responder;
        }

        /** Who answers. */
        public Challenge.Responder responder() {
            return responder;
        }

        @Override
        public String toString() {
            return "keyboard-interactive";
        }
    }
}
