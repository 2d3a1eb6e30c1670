package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.TestData;
import java.io.IOException;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real sshd, and what the embedded server can't do: Unix socket targets, half-close by a target. */
class OpenSshTunnelContractIT extends LocalListenerContract {
    @Override
    SshServer newServer() {
        Requires.openSsh();
        return OpenSshServer.usual();
    }

    @Test
    void aChangedNetworkGivesUpASessionThatDoesNotAnswerSoonAndNoOther() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open();
                Socket established = connect(tunnel, echo)) {
            assertThat(echo(established, "before")).isEqualTo("before");
            Optional<Duration> before = tunnel.status().keepAliveRoundTrip();
            tunnel.networkChanged();
            await().atMost(SOON)
                    .until(() -> !tunnel.status().keepAliveRoundTrip().equals(before));
            assertThat(echo(established, "it answered")).isEqualTo("it answered");
            server.freeze();
            tunnel.networkChanged();
            // the keep-alive alone would take 30 s
            await().atMost(SOON).until(() -> tunnel.status().losses().get(FailureReason.KEEPALIVE_TIMEOUT) == 1);
            assertEchoes(tunnel, echo, "by a new session");
        }
    }

    @Test
    void theTargetsHalfCloseReachesTheClientWhichMayGoOnSending() throws Exception {
        try (Target target = Target.tcp(Targets.answerThenReceive("done\n"));
                ManagedTunnel tunnel = to(target).open();
                Socket client = connect(tunnel, target)) {
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("done\n");
            client.getOutputStream().write(TestData.bytes(4, 100_000));
            client.shutdownOutput();
            Target.Received received = target.awaitReceived(1, SOON).get(0);
            assertThat(received.bytes()).isEqualTo(100_000);
            assertThat(received.sha256()).isEqualTo(TestData.sha256(4, 100_000));
        }
    }

    @Test
    void unixSocketsOnBothSides(@TempDir Path dir) throws Exception {
        Path local = dir.resolve("local.sock");
        try (Target echo = Target.unix(dir.resolve("remote.sock"), Targets.echo());
                ManagedTunnel tunnel = spec().forward(
                                Forward.local(Endpoint.unixSocket(echo.socket().toString()))
                                        .named("sock")
                                        .listenOn(local))
                        .build()
                        .open()) {
            assertThat(tunnel.socketPath("sock")).isEqualTo(local);
            assertThat(throughSocket(local, "through sockets")).isEqualTo("through sockets");
        }
        assertThat(local).doesNotExist();
    }

    static String throughSocket(Path socket, String text) throws IOException {
        try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.connect(UnixDomainSocketAddress.of(socket));
            client.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            client.shutdownOutput();
            return new String(Channels.newInputStream(client).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
