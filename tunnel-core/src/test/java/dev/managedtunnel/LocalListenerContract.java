package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.TestData;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What the contract adds for forwards that listen on this machine: their clients can connect without a session. */
abstract class LocalListenerContract extends TunnelContract {
    @Override
    Forward forwardTo(Target target) {
        return Forward.local("127.0.0.1", target.port());
    }

    @Override
    Socket connect(ManagedTunnel tunnel, Target target) throws IOException {
        return connect(new Socket(), tunnel.address(forwardTo(target).name()));
    }

    static Socket connect(Socket socket, InetSocketAddress address) throws IOException {
        try {
            socket.setSoTimeout((int) SOON.toMillis());
            socket.connect(address);
            return socket;
        } catch (IOException failed) {
            socket.close();
            throw failed;
        }
    }

    @Override
    void assertRefused(ThrowingCallable talk) {
        assertReset(talk);
    }

    @Override
    void assertBroken(Socket client) {
        assertReset(() -> client.getInputStream().read());
    }

    @Override
    void assertStuckWriterEnds(Future<?> writer) {
        assertThatThrownBy(() -> writer.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(SocketException.class);
    }

    private static void assertReset(ThrowingCallable talk) {
        assertThatThrownBy(talk).isInstanceOf(SocketException.class).hasMessageContaining("reset");
    }

    @Test
    void connectionsOpenedWhileTheServerIsDownAreParkedAndServedOnItsReturn() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).open()) {
            server.stop();
            List<Future<String>> talks = new ArrayList<>();
            try {
                await().atMost(SOON).until(() -> tunnel.state() != TunnelState.UP);
                for (int i = 0; i < 20; i++) {
                    String text = "parked " + i;
                    talks.add(clients.submit(() -> {
                        try (Socket client = connect(tunnel, echo)) {
                            return echo(client, text);
                        }
                    }));
                }
                await().atMost(SOON).until(() -> tunnel.status().parkedConnections() == 20);
                await().atMost(SOON).until(() -> tunnel.status().starts() > 2);
            } finally {
                server.start();
            }
            tunnel.reconnectNow();
            for (int i = 0; i < 20; i++) {
                assertThat(talks.get(i).get()).isEqualTo("parked " + i);
            }
            assertThat(tunnel.status().parkedConnections()).isZero();
        }
    }

    @Test
    void aFrozenServerIsNoticedByTheKeepAliveAndReplaced() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = to(echo).toBuilder()
                        .keepAlive(KeepAlive.every(Duration.ofMillis(300)).missed(3))
                        .build()
                        .open();
                Socket established = connect(tunnel, echo)) {
            echo(established, "before");
            server.freeze();
            Future<String> opened = clients.submit(() -> {
                try (Socket client = connect(tunnel, echo)) {
                    return echo(client, "during");
                }
            });
            assertThatThrownBy(() -> established.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThat(opened.get(20, TimeUnit.SECONDS)).isEqualTo("during");
            assertThat(tunnel.status().losses()).containsEntry(FailureReason.KEEPALIVE_TIMEOUT, 1L);
            assertThat(tunnel.status().lastFailure())
                    .hasValueSatisfying(failure -> assertThat(failure).hasMessageContaining("KEEPALIVE_TIMEOUT"));
        }
    }

    @Test
    void drainingCloseLetsEstablishedConnectionsEndByThemselves() throws Exception {
        try (Target digest = Target.tcp(Targets.digestAfterEof());
                ManagedTunnel tunnel = to(digest).open()) {
            try (Socket client = connect(tunnel, digest)) {
                client.getOutputStream().write(TestData.bytes(10, 5_000));
                await().atMost(SOON).until(() -> tunnel.status().bytesOut() == 5_000);
                Future<?> closing = clients.submit(() -> tunnel.close(SOON));
                await().atMost(SOON).until(() -> isRefused(tunnel, digest));
                client.shutdownOutput();
                assertThat(client.getInputStream().readAllBytes())
                        .asString()
                        .isEqualTo(Targets.digestLine(5_000, TestData.sha256(10, 5_000)));
                closing.get(20, TimeUnit.SECONDS);
                assertThat(tunnel.state()).isEqualTo(TunnelState.CLOSED);
            }
        }
    }

    private boolean isRefused(ManagedTunnel tunnel, Target target) {
        try {
            connect(tunnel, target).close();
            return false;
        } catch (IOException refused) {
            return true;
        }
    }
}
