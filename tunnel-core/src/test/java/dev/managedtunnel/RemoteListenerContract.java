package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.FaultRelay.Direction;
import dev.managedtunnel.testing.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * The contract for what comes in at the gateway. There it is the server that ends a client's connection, and it does so in the
 * same way whatever the reason: its clients can't tell a broken connection from one that has ended.
 */
abstract class RemoteListenerContract extends TunnelContract {
    @Override
    Forward forwardTo(Target target) {
        return Forward.remote(0, "127.0.0.1", target.port());
    }

    /** The port is the session's, so between two sessions there is none. */
    @Override
    Socket connect(ManagedTunnel tunnel, Target target) {
        return await().pollDelay(Duration.ZERO)
                .atMost(SOON)
                .ignoreExceptions()
                .until(() -> connectNow(tunnel, target), Socket::isConnected);
    }

    private Socket connectNow(ManagedTunnel tunnel, Target target) throws IOException {
        int port = tunnel.address(forwardTo(target).name()).getPort();
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) SOON.toMillis());
        return socket;
    }

    @Override
    void assertRefused(ThrowingCallable talk) {
        try {
            talk.call();
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        } catch (Throwable other) {
            throw new AssertionError(other);
        }
    }

    @Override
    void assertBroken(Socket client) {
        assertRefused(() -> assertThat(client.getInputStream().read()).isEqualTo(-1));
    }

    @Override
    Direction upload() {
        return Direction.TO_CLIENT;
    }

    @Override
    long downloaded(TunnelStatus status) {
        return status.bytesOut();
    }

    /** It ends when the server notices that the link is dead: sshd's ClientAliveInterval is for that. */
    @Override
    void assertStuckWriterEnds(Future<?> writer) {}
}
