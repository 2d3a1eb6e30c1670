package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An SSH server that a test may break, the same for a real {@code sshd} and for the embedded one, so that one suite of
 * tests runs against both. It listens on one port for its whole life, stopped times included. All methods have taken
 * effect when they return. Thread-safe.
 */
public interface SshServer extends AutoCloseable {

    /** Which server this is, for names of tests: {@code openssh} or {@code mina}. */
    String kind();

    /** The address to connect to. */
    String host();

    /** The port to connect to. */
    int port();

    /** The user that may log in. */
    String user();

    /** The password of the user, where the server takes passwords. */
    Optional<String> password();

    /** The file of an Ed25519 key in OpenSSH's format, without passphrase, that the server accepts from the start. */
    Path privateKey();

    /** The server's public keys, each as {@code type base64}; the Ed25519 key is the first. */
    List<String> hostKeys();

    /** Accepts one more key, given as a line of {@code authorized_keys} (options allowed where the server has them). */
    void authorize(String publicKeyLine);

    /** Accepts none of the keys it accepted so far. */
    void revokeKeys();

    /** How many clients are connected, authenticated or not, the frozen ones included. */
    int sessionCount();

    /** Ends every session abruptly: the TCP connection is closed without a word of SSH. New sessions are served. */
    void killSessions();

    /**
     * Freezes the sessions there are: TCP stays up, nothing is read or answered any more, in either direction. New
     * sessions are served as if nothing had happened.
     */
    void freeze();

    /** Freezes the whole server: also new connections are accepted, by the system, and get no answer, not even a banner. */
    void freezeAll();

    /** Lets everything that was frozen go on. */
    void unfreeze();

    /** The whole server dies: no session, no listener; new connections are refused. */
    void stop();

    /** Starts the server again after {@link #stop}, on the same port and with the same keys. */
    void start();

    /** What the server has to say about what happened; for messages of failed tests. */
    String diagnostics();

    /** Stops the server and removes all it had. */
    @Override
    void close();

    /** The line of {@code known_hosts} for the server's first key. */
    default String hostKeyLine() {
        return hostKeyLines().get(0);
    }

    /** The lines of {@code known_hosts} for all keys of the server. */
    default List<String> hostKeyLines() {
        String name = port() == 22 ? host() : "[" + host() + "]:" + port();
        return hostKeys().stream().map(key -> name + " " + key).toList();
    }

    /** The fingerprint of the server's first key, {@code SHA256:…}. */
    default String hostKeyFingerprint() {
        return SshKeys.fingerprint(hostKeys().get(0));
    }

    /** Writes a file {@code known_hosts} with all keys of the server. */
    default Path writeKnownHosts(Path file) {
        try {
            return Files.write(file, hostKeyLines());
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write " + file, e);
        }
    }
}
