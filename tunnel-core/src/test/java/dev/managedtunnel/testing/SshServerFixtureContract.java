package dev.managedtunnel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.jcraft.jsch.JSchException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link SshServer} promises to the tests that use it. */
@ExtendWith(NoLeaks.class)
abstract class SshServerFixtureContract {

    static final Duration SOON = Duration.ofSeconds(10);
    static final Duration SILENCE = Duration.ofMillis(150);

    abstract SshServer startServer();

    @Test
    void forwardsAConnectionForTheKeyItWasStartedWith() throws Exception {
        try (SshServer server = startServer();
                Target target = Target.tcp(Targets.echo());
                PlainJsch client = PlainJsch.login(server)) {
            assertThat(PlainJsch.echoes(client.forward(target.host(), target.port()), "hello", SOON))
                    .isTrue();
            assertThat(server.sessionCount()).isEqualTo(1);
        }
    }

    @Test
    void acceptsAuthorizedKeysUntilTheyAreRevoked(@TempDir Path dir) throws Exception {
        SshKeys.KeyFile key = SshKeys.ed25519(dir, "another");
        try (SshServer server = startServer()) {
            assertThatThrownBy(() -> PlainJsch.login(server, key.privateKey(), null))
                    .isInstanceOf(JSchException.class)
                    .hasMessageContaining("Auth fail");
            server.authorize(key.publicLine());
            PlainJsch.login(server, key.privateKey(), null).close();
            server.revokeKeys();
            assertThatThrownBy(() -> PlainJsch.login(server)).hasMessageContaining("Auth fail");
        }
    }

    @Test
    void killsSessionsAndGoesOnServingNewOnes() throws Exception {
        try (SshServer server = startServer();
                PlainJsch first = PlainJsch.login(server);
                PlainJsch second = PlainJsch.login(server)) {
            assertThat(server.sessionCount()).isEqualTo(2);
            server.killSessions();
            first.awaitLost(SOON);
            second.awaitLost(SOON);
            Poll.until(SOON, server::diagnostics, () -> server.sessionCount() == 0);
            PlainJsch.login(server).close();
        }
    }

    @Test
    void frozenSessionsAreSilentUntilTheyAreUnfrozenWhileNewOnesWork() throws Exception {
        try (SshServer server = startServer();
                Target target = Target.tcp(Targets.echo());
                PlainJsch frozen = PlainJsch.login(server)) {
            int frozenPort = frozen.forward(target.host(), target.port());
            server.freeze();
            assertThat(PlainJsch.echoes(frozenPort, "anybody?", SILENCE)).isFalse();
            try (PlainJsch fresh = PlainJsch.login(server)) {
                int freshPort = fresh.forward(target.host(), target.port());
                assertThat(PlainJsch.echoes(freshPort, "hello", SOON)).isTrue();
            }
            assertThat(frozen.session().isConnected()).isTrue();
            server.unfreeze();
            assertThat(PlainJsch.echoes(frozenPort, "hello again", SOON)).isTrue();
        }
    }

    @Test
    void frozenAsAWholeItAcceptsConnectionsAndShowsNoBanner() throws Exception {
        try (SshServer server = startServer();
                Socket socket = new Socket()) {
            server.freezeAll();
            socket.connect(new InetSocketAddress(server.host(), server.port()), (int) SOON.toMillis());
            socket.setSoTimeout((int) SILENCE.toMillis());
            InputStream in = socket.getInputStream();
            assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
            server.unfreeze();
            socket.setSoTimeout((int) SOON.toMillis());
            assertThat(new String(in.readNBytes(4), StandardCharsets.US_ASCII)).isEqualTo("SSH-");
        }
    }

    @Test
    void refusesConnectionsWhileStoppedAndServesTheSamePortAfterwards() throws Exception {
        try (SshServer server = startServer();
                PlainJsch client = PlainJsch.login(server)) {
            int port = server.port();
            server.stop();
            client.awaitLost(SOON);
            assertThatThrownBy(() -> new Socket(server.host(), server.port()).close())
                    .isInstanceOf(ConnectException.class);
            assertThat(server.sessionCount()).isZero();
            server.start();
            assertThat(server.port()).isEqualTo(port);
            PlainJsch.login(server).close();
        }
    }

    @Test
    void canBeClosedWhileFrozen() throws Exception {
        SshServer server = startServer();
        try (PlainJsch client = PlainJsch.login(server)) {
            server.freezeAll();
            server.close();
            client.awaitLost(SOON);
        } finally {
            server.close();
        }
    }

    @Test
    void hasTheHostKeysThatItNames(@TempDir Path dir) throws Exception {
        try (SshServer server = startServer()) {
            assertThat(server.hostKeys()).hasSize(3).first().asString().startsWith("ssh-ed25519 ");
            assertThat(server.writeKnownHosts(dir.resolve("known_hosts")))
                    .content()
                    .contains("[" + server.host() + "]:" + server.port() + " ssh-ed25519 ");
            try (PlainJsch client = PlainJsch.login(server)) {
                assertThat(server.hostKeys())
                        .contains(client.session().getHostKey().getType() + " "
                                + client.session().getHostKey().getKey());
            }
            assertThat(server.hostKeyFingerprint()).startsWith("SHA256:");
        }
    }
}
