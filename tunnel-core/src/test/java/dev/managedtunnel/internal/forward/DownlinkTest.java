package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.TestData;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The hand-over of the socket's writing side between the reader thread and the loop, hammered through a tiny socket. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
class DownlinkTest {
    private static final int TOTAL = 20_000_000;
    private static final int WINDOW = 256 * 1024;
    private static final int BUFFER = 4 * 1024;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void keepsTheOrderAndMissesNothingWhileReaderAndLoopTakeTurns(long seed) throws Exception {
        EventLoop loop = new EventLoop("tunnel-test-loop", death -> {});
        try (ServerSocketChannel server = ServerSocketChannel.open();
                Socket client = new Socket()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            client.setReceiveBufferSize(BUFFER);
            client.connect(server.getLocalAddress());
            SocketChannel accepted = server.accept();
            accepted.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER);
            accepted.configureBlocking(false);

            Draining draining = new Draining();
            Downlink down =
                    new Downlink(accepted, new LongAdder(), 2L * Rig.MAX_WINDOW, () -> loop.execute(draining::look));
            draining.begin(down, accepted, loop.register(accepted, 0, draining));
            Credit credit = new Credit();
            down.confirmed(credit);
            loop.start();
            CompletableFuture<String> received = CompletableFuture.supplyAsync(() -> digest(client, new Random(seed)));
            send(down, credit, seed);

            assertThat(received.get(50, TimeUnit.SECONDS)).isEqualTo(TestData.sha256(seed, TOTAL));
            assertThat(credit.window.availablePermits()).isEqualTo(WINDOW);
            accepted.close();
        } finally {
            loop.execute(loop::stop);
            loop.awaitEnd(Duration.ofSeconds(5));
        }
    }

    /** The session's reader thread. */
    private static void send(Downlink down, Credit credit, long seed) throws IOException, InterruptedException {
        Random random = new Random(seed);
        byte[] packet = new byte[32 * 1024];
        try (InputStream data = TestData.stream(seed, TOTAL)) {
            while (true) {
                int length = data.read(packet, 0, 1 + random.nextInt(random.nextInt(100) < 80 ? 200 : packet.length));
                if (length < 0) {
                    break;
                }
                assertThat(credit.window.tryAcquire(length, 20, TimeUnit.SECONDS))
                        .as("credit comes back")
                        .isTrue();
                down.data(ByteBuffer.wrap(packet, 0, length));
            }
        }
        down.eof();
    }

    private static String digest(Socket client, Random random) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            InputStream in = new DigestInputStream(client.getInputStream(), digest);
            byte[] buffer = new byte[16 * 1024];
            while (in.read(buffer, 0, 1 + random.nextInt(buffer.length)) >= 0) {
                // to the end
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** What a connection does with its Downlink. */
    private static final class Draining implements EventLoop.Handler {
        private Downlink down;
        private SocketChannel socket;
        private SelectionKey key;

        void begin(Downlink watched, SocketChannel accepted, SelectionKey registered) {
            down = watched;
            socket = accepted;
            key = registered;
        }

        @Override
        public void ready(int operations) throws IOException {
            down.drain();
            look();
        }

        void look() {
            key.interestOps(down.hasQueued() ? SelectionKey.OP_WRITE : 0);
            if (!down.hasQueued() && down.hasTargetEnded()) {
                try {
                    socket.shutdownOutput();
                } catch (IOException failed) {
                    failed(failed);
                }
            }
        }

        @Override
        public void failed(Exception why) {
            Sockets.reset(socket);
        }
    }

    /** A channel that only counts its window. */
    private static final class Credit implements LinkChannel {
        private final Semaphore window = new Semaphore(WINDOW);

        @Override
        public int tryWrite(byte[] bytes, int offset, int length) {
            return length;
        }

        @Override
        public void sendEof() {}

        @Override
        public void consumed(int bytes) {
            window.release(bytes);
        }

        @Override
        public void close() {}
    }
}
