package dev.managedtunnel.examples.benchmarks.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.examples.benchmarks.target.TestBytes;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DelayLineTest {
    private static final long DELAY = TimeUnit.MILLISECONDS.toNanos(40);

    private SocketChannel[] near;
    private SocketChannel[] far;

    @BeforeEach
    void connect() throws IOException {
        near = pair();
        far = pair();
        new DelayLine(near[1], far[0], DELAY).start("test");
    }

    @AfterEach
    void close() throws IOException {
        for (SocketChannel each : new SocketChannel[] {near[0], near[1], far[0], far[1]}) {
            each.close();
        }
    }

    private static SocketChannel[] pair() throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            SocketChannel one = SocketChannel.open(listener.getLocalAddress());
            return new SocketChannel[] {one, listener.accept()};
        }
    }

    @Test
    void nothingComesBeforeItsTime() throws IOException {
        ByteBuffer stamp = ByteBuffer.allocate(Long.BYTES);
        DataInputStream in = new DataInputStream(far[1].socket().getInputStream());
        for (int i = 0; i < 20; i++) {
            near[0].write(stamp.clear().putLong(System.nanoTime()).flip());
            long sent = in.readLong();
            assertThat(System.nanoTime() - sent).isGreaterThanOrEqualTo(DELAY);
        }
    }

    @Test
    void everythingComesInOrderAndThenTheEnd() throws IOException {
        long amount = 64L << 20;
        CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> send(amount));
        byte[] buffer = new byte[TestBytes.PIECE];
        long count = 0;
        for (int read = read(buffer); read >= 0; read = read(buffer)) {
            TestBytes.check(buffer, read, count);
            count += read;
        }
        sender.join();
        assertThat(count).isEqualTo(amount);
    }

    private int read(byte[] buffer) throws IOException {
        return far[1].socket().getInputStream().read(buffer);
    }

    private void send(long amount) {
        try {
            for (long sent = 0; sent < amount; ) {
                int length = (int) Math.min(TestBytes.PIECE, amount - sent);
                near[0].socket().getOutputStream().write(TestBytes.array(), TestBytes.offset(sent), length);
                sent += length;
            }
            near[0].shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
