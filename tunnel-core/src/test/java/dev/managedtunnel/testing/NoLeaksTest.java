package dev.managedtunnel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That each kind of leak is seen, named, and forgotten once it is gone. */
class NoLeaksTest {

    private static final Duration SHORT = Duration.ofMillis(30);
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    Path dir;

    private Leaks leaks;

    @BeforeEach
    void takeSnapshot() {
        leaks = Leaks.snapshot(List.of("tunnel-"), List.of(dir));
    }

    @Test
    void nothingIsFoundWhereNothingWasLeft() {
        assertThat(leaks.since(SHORT)).isEmpty();
        assertThatCode(() -> leaks.assertNone(SHORT)).doesNotThrowAnyException();
    }

    @Test
    void aThreadIsNamedWithItsStack() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        Thread thread = new Thread(() -> await(end), "tunnel-orders-loop");
        Thread other = new Thread(() -> await(end), "something-else");
        thread.start();
        other.start();
        try {
            assertThat(leaks.since(SHORT))
                    .singleElement()
                    .asString()
                    .startsWith("thread tunnel-orders-loop")
                    .contains("at ");
        } finally {
            end.countDown();
        }
        assertThat(leaks.since(SOON)).isEmpty();
        other.join();
    }

    @Test
    void aVirtualThreadIsNamed() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "this JVM has no virtual threads");
        CountDownLatch end = new CountDownLatch(1);
        Thread thread = startVirtual("tunnel-orders-open", () -> await(end));
        try {
            assertThat(leaks.since(SHORT)).containsExactly("thread tunnel-orders-open (virtual)");
        } finally {
            end.countDown();
        }
        thread.join();
        assertThat(leaks.since(SOON)).isEmpty();
    }

    /** By reflection, since the tests are compiled for Java 17. */
    private static Thread startVirtual(String name, Runnable work) throws ReflectiveOperationException {
        Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
        Class<?> type = Class.forName("java.lang.Thread$Builder");
        type.getMethod("name", String.class).invoke(builder, name);
        return (Thread) type.getMethod("start", Runnable.class).invoke(builder, work);
    }

    @Test
    void aListeningPortIsNamed() throws Exception {
        Requires.linux();
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(leaks.since(SHORT))
                    .containsExactly("open tcp socket 127.0.0.1:" + listener.getLocalPort() + " listening");
        }
        assertThat(leaks.since(SOON)).isEmpty();
    }

    @Test
    void bothEndsOfAConnectionAreNamed() throws Exception {
        Requires.linux();
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort());
                Socket server = listener.accept()) {
            String near = "127.0.0.1:" + client.getLocalPort();
            String far = "127.0.0.1:" + server.getLocalPort();
            assertThat(leaks.since(SHORT))
                    .contains(
                            "open tcp socket " + near + " -> " + far + " established",
                            "open tcp socket " + far + " -> " + near + " established");
        }
    }

    @Test
    void anOpenFileIsNamed() throws Exception {
        Requires.linux();
        Path file = Files.writeString(dir.resolve("data.txt"), "x");
        try (InputStream in = Files.newInputStream(file)) {
            assertThat(leaks.since(SHORT)).containsExactly("open " + file.toRealPath());
            assertThat(in).isNotNull();
        }
    }

    @Test
    void aSelectorIsNamed() throws Exception {
        Requires.linux();
        try (Selector selector = Selector.open()) {
            assertThat(leaks.since(SHORT)).contains("open anon_inode:[eventpoll]");
            assertThat(selector.isOpen()).isTrue();
        }
    }

    @Test
    void aUnixSocketAndTheFileItLeavesAreNamed() throws Exception {
        Requires.linux();
        Path file = dir.resolve("s");
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(file));
            assertThat(leaks.since(SHORT))
                    .containsExactlyInAnyOrder("open unix socket " + file + " listening", "socket file " + file);
        }
        assertThat(leaks.since(SHORT)).containsExactly("socket file " + file);
        Files.delete(file);
        assertThat(leaks.since(SHORT)).isEmpty();
    }

    @Test
    void aFailureListsAllOfThem() throws Exception {
        Requires.linux();
        try (ServerSocket one = new ServerSocket(0);
                ServerSocket two = new ServerSocket(0)) {
            assertThatThrownBy(() -> leaks.assertNone(SHORT))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageStartingWith("Left behind 30 ms after its end:")
                    .hasMessageContaining(":" + one.getLocalPort() + " listening")
                    .hasMessageContaining(":" + two.getLocalPort() + " listening");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
