package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Parking;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.status.Recorder;
import dev.managedtunnel.internal.time.FakeScheduler;
import dev.managedtunnel.testing.NoLeaks;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@ExtendWith(NoLeaks.class)
class UnixListenerTest {
    @TempDir
    private Path directory;

    @Test
    void servesOnASocketForItsOwnerOnlyAndRemovesIt() throws Exception {
        Path path = directory.resolve("db.sock");
        try (Rig rig = rig(path)) {
            assertThat(rig.forwarder.socketPath(Rig.FORWARD)).isEqualTo(path);
            assertThat(rig.status().listening()).contains(Endpoint.unixSocket(path.toString()));
            assertThat(mode(path)).isEqualTo("rw-------");
            assertThat(directory).isDirectoryContaining(path::equals);
            assertThat(directory.toFile().list()).hasSize(1);
            rig.up(FakeLink.echo());
            try (SocketChannel client = connect(path)) {
                assertThat(echo(client, "hello")).isEqualTo("hello");
                client.shutdownOutput();
                assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
            rig.awaitCount(ConnectionOutcome.SERVED, 1);
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void isNeverOpenToOthersWhileItIsBeingBound() throws Exception {
        Path path = directory.resolve("db.sock");
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Set<String>> seen = CompletableFuture.supplyAsync(() -> {
            Set<String> modes = new TreeSet<>();
            while (!done.get()) {
                try {
                    modes.add(mode(path));
                } catch (NoSuchFileException notYet) {
                    // look again
                } catch (IOException failed) {
                    throw new IllegalStateException(failed);
                }
            }
            return modes;
        });
        for (int i = 0; i < 100; i++) {
            bind(path).close();
        }
        done.set(true);
        assertThat(seen.get(10, TimeUnit.SECONDS)).isSubsetOf("rw-------");
    }

    @Test
    void replacesAStaleSocketFile() throws Exception {
        Path path = directory.resolve("db.sock");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(path))
                .close();
        assertThat(path).exists();
        try (Rig rig = rig(path)) {
            rig.up(FakeLink.echo());
            try (SocketChannel client = connect(path)) {
                assertThat(echo(client, "x")).isEqualTo("x");
            }
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void leavesASocketAloneOnWhichSomebodyListens() throws Exception {
        Path path = directory.resolve("db.sock");
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(path), 1);
            assertListenFailed(() -> bind(path), path, "another process listens there; stop it or choose another path");
            assertThat(directory.toFile().list()).hasSize(1);
            // nor when it is too busy to answer
            List<SocketChannel> queue = fillBacklog(path);
            assertListenFailed(() -> bind(path), path, "another process listens there; stop it or choose another path");
            for (SocketChannel waiting : queue) {
                waiting.close();
            }
        } finally {
            Files.delete(path);
        }
    }

    @Test
    void leavesOtherFilesAlone() throws Exception {
        Path path = Files.writeString(directory.resolve("db.sock"), "precious");
        assertListenFailed(
                () -> bind(path), path, "there is a file that is no socket; remove it or choose another path");
        assertThat(path).hasContent("precious");
        assertThat(directory.toFile().list()).hasSize(1);
    }

    @Test
    void saysThatTheDirectoryIsMissing() {
        Path path = directory.resolve("missing").resolve("db.sock");
        assertListenFailed(() -> bind(path), path, "the directory " + path.getParent() + " does not exist; create it");
    }

    @Test
    void doesNotRemoveWhatHasTakenItsPlace() throws Exception {
        Path path = directory.resolve("db.sock");
        Forwarder first = bind(path);
        Files.delete(path);
        Forwarder second = bind(path);
        first.close();
        assertThat(path).exists();
        second.close();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void survivesThatItsFileWasRemoved() throws Exception {
        Path path = directory.resolve("db.sock");
        Forwarder forwarder = bind(path);
        Files.delete(path);
        forwarder.close();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void takesAPathAsLongAsJavaCanConnectTo() throws Exception {
        int room = 106 - directory.toString().length() - 3;
        Path deep = Files.createDirectory(directory.resolve("d".repeat(room)));
        Path path = deep.resolve("s");
        assertThat(path.toString()).hasSize(106);
        try (Rig rig = rig(path)) {
            rig.up(FakeLink.echo());
            try (SocketChannel client = connect(path)) {
                assertThat(echo(client, "x")).isEqualTo("x");
            }
            assertThat(mode(path)).isEqualTo("rw-------");
        }
        assertThat(deep).isEmptyDirectory();
    }

    @Test
    void isGoneWhenALaterForwardCanNotBeBound() {
        Path path = directory.resolve("db.sock");
        assertThatThrownBy(() -> bind(
                        Forward.local("db", 1).listenOn(path),
                        Forward.local("db", 2).listenOn("192.0.2.1", 0)))
                .isInstanceOf(TunnelException.class);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void endsAConnectionThatCanNotBeServed() throws Exception {
        Path path = directory.resolve("db.sock");
        try (Rig rig = new Rig(Parking.off(), Forward.local("db", 5432).listenOn(path));
                SocketChannel client = connect(path)) {
            // there is no RST here: without unread bytes it looks like an end
            assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            rig.awaitCount(ConnectionOutcome.PARKING_FULL, 1);
        }
    }

    private static List<SocketChannel> fillBacklog(Path path) throws IOException {
        List<SocketChannel> queue = new ArrayList<>();
        while (true) {
            SocketChannel next = SocketChannel.open(StandardProtocolFamily.UNIX);
            queue.add(next);
            next.configureBlocking(false);
            try {
                if (!next.connect(UnixDomainSocketAddress.of(path))) {
                    return queue;
                }
            } catch (IOException full) {
                return queue;
            }
        }
    }

    private static Rig rig(Path path) {
        return new Rig(Parking.upTo(9), Forward.local("db", 5432).listenOn(path));
    }

    private static Forwarder bind(Path path) {
        return bind(Forward.local("db", 5432).listenOn(path));
    }

    private static Forwarder bind(Forward... forwards) {
        return Forwarder.bind(
                "test",
                List.of(forwards),
                Parking.off(),
                Rig.MAX_WINDOW,
                new FakeScheduler(),
                Runnable::run,
                Recorder.NONE,
                event -> {});
    }

    private static SocketChannel connect(Path path) throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path));
    }

    private static String echo(SocketChannel client, String text) throws IOException {
        client.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        ByteBuffer answer = ByteBuffer.allocate(text.length());
        while (answer.hasRemaining() && client.read(answer) >= 0) {
            // until all is there
        }
        return new String(answer.array(), StandardCharsets.UTF_8);
    }

    private static String mode(Path path) throws IOException {
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
        return PosixFilePermissions.toString(mode);
    }

    private static void assertListenFailed(ThrowingCallable binding, Path path, String reason) {
        assertThatThrownBy(binding)
                .isInstanceOf(TunnelException.class)
                .hasMessage("forward 'db:5432' can't listen on " + path + ": " + reason
                        + "; choose a free port or path that this user may bind [LISTEN_FAILED]");
    }
}
