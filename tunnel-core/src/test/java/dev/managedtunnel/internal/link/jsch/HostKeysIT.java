package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshKeys;
import dev.managedtunnel.testing.SshKeys.KeyFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Host keys of a real server, checked against files as OpenSSH's own tools write them. */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
class HostKeysIT {
    @TempDir
    static Path dir;

    private static KeyFile authority;
    private static OpenSshServer server;
    private static OpenSshServer certified;

    private Rig rig;

    @BeforeAll
    static void startServers() {
        authority = SshKeys.ed25519(dir, "authority");
        server = OpenSshServer.usual();
        certified = OpenSshServer.builder().hostAuthority(authority).start();
    }

    @AfterAll
    static void stopServers() {
        server.close();
        certified.close();
    }

    @BeforeEach
    void setUp() {
        rig = new Rig();
    }

    @AfterEach
    void tearDown() {
        rig.close();
    }

    private static Path file(String name, List<String> lines) throws Exception {
        return Files.write(dir.resolve(name), lines);
    }

    private void connects(OpenSshServer to, HostKeys hostKeys) {
        assertThat(rig.connect(to, spec -> spec.hostKeys(hostKeys))).isNotNull();
    }

    private TunnelException refuses(OpenSshServer to, HostKeys hostKeys) {
        return rig.failure(rig.spec(to).hostKeys(hostKeys));
    }

    @Test
    void plainAndHashedEntries() throws Exception {
        Path file = file("known", server.hostKeyLines());
        connects(server, HostKeys.knownHosts(file));
        Requires.sshKeygen();
        assertThat(new ProcessBuilder("ssh-keygen", "-H", "-f", file.toString())
                        .start()
                        .waitFor())
                .isZero();
        assertThat(Files.readString(file)).startsWith("|1|");
        connects(server, HostKeys.knownHosts(file));
    }

    @Test
    void theServerIsAskedForTheKindOfKeyThatIsKnown() throws Exception {
        for (String line : server.hostKeyLines()) {
            connects(server, HostKeys.knownHosts(file("one", List.of(line))));
        }
    }

    @Test
    void aGatewayInNoFile() throws Exception {
        TunnelException failure = refuses(server, HostKeys.knownHosts(dir.resolve("none")));
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
        assertThat(Rig.text(failure))
                .isEqualTo("cannot trust " + server.user() + "@HOST:PORT (start 1, T): its key ssh-ed25519 "
                        + server.hostKeyFingerprint() + " is not in " + dir.resolve("none")
                        + "; compare the fingerprint "
                        + "with the gateway's administrator, then add the key to known_hosts [HOST_KEY_UNKNOWN]");
    }

    @Test
    void aChangedKey() throws Exception {
        String wrong = SshKeys.ed25519(dir, "wrong").publicLine();
        Path file = file("changed", List.of("# comment", "[127.0.0.1]:" + server.port() + " " + wrong));
        TunnelException failure = refuses(server, HostKeys.knownHosts(file));
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_CHANGED);
        assertThat(Rig.text(failure))
                .isEqualTo("cannot trust " + server.user() + "@HOST:PORT (start 1, T): its key ssh-ed25519 "
                        + server.hostKeyFingerprint() + " is not the one in " + file + ":2, "
                        + SshKeys.fingerprint(wrong) + "; find out why it changed before you replace the old key: this "
                        + "is what an attack looks like [HOST_KEY_CHANGED]");
    }

    @Test
    void aRevokedKey() throws Exception {
        Path file = file(
                "revoked",
                List.of(server.hostKeyLine(), "@revoked * " + server.hostKeys().get(0)));
        TunnelException failure = refuses(server, HostKeys.knownHosts(file));
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_REVOKED);
        assertThat(Rig.text(failure))
                .isEqualTo("cannot trust " + server.user() + "@HOST:PORT (start 1, T): its key ssh-ed25519 "
                        + server.hostKeyFingerprint() + " is marked as revoked in " + file
                        + ":2; do not connect; ask the gateway's administrator for its new key [HOST_KEY_REVOKED]");
    }

    @Test
    void aHostCertificateOfAKnownAuthority() throws Exception {
        String line = authority.publicLine();
        connects(certified, HostKeys.knownHosts(file("ca", List.of("@cert-authority 127.0.0.* " + line))));
        connects(
                certified,
                HostKeys.knownHosts(
                        file("ca-port", List.of("@cert-authority [127.0.0.1]:" + certified.port() + " " + line))));
        assertThat(refuses(certified, HostKeys.knownHosts(file("ca-other", List.of("@cert-authority other " + line))))
                        .reason())
                .isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
    }

    @Test
    void aCertificateDoesNotHideThatTheKeyIsPinnedOrKnown() throws Exception {
        connects(certified, HostKeys.knownHosts(file("plain", certified.hostKeyLines())));
        connects(certified, HostKeys.pinned(certified.hostKeyFingerprint()));
    }

    @Test
    void aRevokedAuthorityOrCertifiedKey() throws Exception {
        String line = authority.publicLine();
        for (String revoked : List.of(line, certified.hostKeys().get(0))) {
            Path file = file("ca-revoked", List.of("@cert-authority * " + line, "@revoked * " + revoked));
            TunnelException failure = refuses(certified, HostKeys.knownHosts(file));
            assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_REVOKED);
        }
    }

    @Test
    void aKeyThatIsNotPinned() {
        String pin = SshKeys.ed25519(dir, "pin").fingerprint();
        TunnelException failure = refuses(server, HostKeys.pinned(pin));
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
        assertThat(Rig.text(failure))
                .contains("its key ssh-ed25519 " + server.hostKeyFingerprint() + " is none of the pinned " + pin + ";");
    }

    @Test
    void aNewGatewayIsWrittenDownOnce() throws Exception {
        Path file = dir.resolve("new");
        connects(server, HostKeys.acceptNew(file));
        connects(server, HostKeys.acceptNew(file));
        assertThat(Files.readAllLines(file)).containsExactly(server.hostKeyLine());
        connects(server, HostKeys.knownHosts(file));
    }

    @Test
    void aRefusalTellsTheServerNothingOfOurFiles() throws Exception {
        Path file = dir.resolve("a-secret-path");
        refuses(server, HostKeys.knownHosts(file));
        assertThat(server.diagnostics()).contains("HOST_KEY_UNKNOWN").doesNotContain("a-secret-path");
    }
}
