package dev.managedtunnel.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real server as a fixture. */
class OpenSshServerIT extends SshServerFixtureContract {

    @Override
    SshServer startServer() {
        return OpenSshServer.usual();
    }

    @Test
    void linesOfTheTestWinOverItsOwnConfiguration() {
        try (OpenSshServer server = OpenSshServer.builder()
                .config("LogLevel DEBUG1", "AllowTcpForwarding no")
                .start()) {
            assertThat(server.log()).contains("debug1:");
        }
    }

    @Test
    void acceptsUserCertificatesOfItsAuthority(@TempDir Path dir) throws Exception {
        Requires.sshKeygen();
        SshKeys.KeyFile authority = SshKeys.ed25519(dir, "authority");
        SshKeys.KeyFile key = SshKeys.ed25519(dir, "id_user");
        try (OpenSshServer server =
                OpenSshServer.builder().userAuthority(authority).start()) {
            Path certificate = SshKeys.signUser(authority, key, server.user(), "-V", "+1h");
            assertThat(certificate).hasFileName("id_user-cert.pub").content().startsWith("ssh-ed25519-cert-v01");
            PlainJsch.loginWithCertificate(server, key.privateKey(), certificate)
                    .close();
            assertThat(server.log()).contains("Accepted publickey for " + server.user());
            assertThat(server.log()).contains("ED25519-CERT");
        }
    }

    @Test
    void showsAHostCertificate(@TempDir Path dir) throws Exception {
        Requires.sshKeygen();
        SshKeys.KeyFile authority = SshKeys.ed25519(dir, "authority");
        try (OpenSshServer server =
                OpenSshServer.builder().hostAuthority(authority).start()) {
            assertThat(server.log()).doesNotContain("error");
            // ssh-keyscan prints what the server shows as certificate
            assertThat(Exec.run("ssh-keyscan", "-c", "-p", String.valueOf(server.port()), server.host()))
                    .contains("ssh-ed25519-cert-v01@openssh.com");
        }
    }

    @Test
    void runsInsideANetworkNamespaceWhosePacketsCanBeDropped() throws Exception {
        try (NetNs netNs = NetNs.create();
                OpenSshServer server = OpenSshServer.builder().in(netNs).start();
                PlainJsch client = PlainJsch.login(server)) {
            assertThat(server.host()).isEqualTo(netNs.address());
            assertThat(client.session().isConnected()).isTrue();
            server.killSessions();
            client.awaitLost(SOON);
        }
    }
}
