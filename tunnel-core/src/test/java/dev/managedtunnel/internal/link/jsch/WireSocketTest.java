package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.internal.link.SharedLoop;
import dev.managedtunnel.testing.NoLeaks;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The test's thread is the session's reader. It has taken a loop over, which tells what it is asked to do, and then read much. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
class WireSocketTest {
    private static final int LARGE = 64 * 1024;

    private final Seat seat = new Seat();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(4 * LARGE);

    private Socket gateway;
    private InputStream arrived;
    private WireSocket socket;

    @BeforeEach
    void connect() throws IOException {
        try (ServerSocketChannel server =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            SocketChannel client = SocketChannel.open(server.getLocalAddress());
            arrived = client.socket().getInputStream();
            gateway = server.accept().socket();
            socket = new WireSocket(client, () -> {});
        }
        socket.share(joined -> seat);
        seat.meanwhile = () -> gatewaySends(LARGE);
        assertThat(read()).isEqualTo(LARGE);
        seat.rounds.clear();
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
        gateway.close();
    }

    /** Returns when all of it can be read. */
    private void gatewaySends(int bytes) throws IOException {
        gateway.getOutputStream().write(new byte[bytes]);
        await().pollInterval(Duration.ofMillis(1)).until(() -> arrived.available() == bytes);
    }

    private int read() throws IOException {
        return socket.read(buffer.clear(), () -> {});
    }

    @Test
    void whatFollowsALargeReadIsReadWithoutAWait() throws IOException {
        gatewaySends(1);
        assertThat(read()).isEqualTo(1);
        assertThat(seat.rounds).isEmpty();
    }

    @Test
    void aSmallReadIsFollowedByAWait() throws IOException {
        gatewaySends(1);
        assertThat(read()).isEqualTo(1);
        gatewaySends(1);
        assertThat(read()).isEqualTo(1);
        assertThat(seat.rounds).containsExactly(true);
    }

    @Test
    void aLargeReadThatNothingFollowsIsFollowedByAWait() throws IOException {
        seat.meanwhile = () -> gatewaySends(1);
        assertThat(read()).isEqualTo(1);
        assertThat(seat.rounds).containsExactly(true);
    }

    @Test
    void largeReadsWithoutEndLeaveTheLoopsOtherSocketsTheirTurn() throws IOException {
        for (int i = 0; i < 8; i++) {
            gatewaySends(LARGE);
            assertThat(read()).isEqualTo(LARGE);
        }
        assertThat(seat.rounds).containsExactly(false, false);
    }

    private interface Event {
        void happen() throws IOException;
    }

    /** Notes which rounds were to wait; all say that there is something to read. */
    private static final class Seat implements SharedLoop.Seat {
        private final List<Boolean> rounds = new ArrayList<>();
        private Event meanwhile = () -> {};

        @Override
        public boolean round(boolean wait) {
            rounds.add(wait);
            try {
                meanwhile.happen();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            meanwhile = () -> {};
            return true;
        }

        @Override
        public boolean isReadable() {
            return true;
        }

        @Override
        public void congested(boolean is) {}

        @Override
        public void wake() {}

        @Override
        public void leave() {}
    }
}
