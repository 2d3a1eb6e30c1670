package dev.managedtunnel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The behaviours of the targets, and the addresses at which nobody is. */
@ExtendWith(NoLeaks.class)
class TargetTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void echoesOverTcpAndUnixSockets(boolean unix) throws Exception {
        try (Target target = target(unix, Targets.echo());
                SocketChannel client = connect(target, unix)) {
            send(client, "hello");
            client.shutdownOutput();
            assertThat(readAll(client)).isEqualTo("hello");
        }
        assertThat(dir).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void answersWithTheDigestAfterTheEndOfTheClient(boolean unix) throws Exception {
        try (Target target = target(unix, Targets.digestAfterEof());
                SocketChannel client = connect(target, unix)) {
            send(client, "abc");
            client.shutdownOutput();
            String sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
            assertThat(readAll(client)).isEqualTo("3 " + sha256 + "\n");
            assertThat(target.awaitReceived(1, SOON)).containsExactly(new Target.Received(3, sha256, true));
        }
    }

    @Test
    void aSourceSendsWhatTheSeedSaysAndASinkRecordsIt() throws Exception {
        int length = 1_000_003;
        try (Target source = Target.tcp(Targets.source(42, length));
                Target sink = Target.tcp(Targets.sink());
                Socket from = new Socket(source.host(), source.port());
                Socket to = new Socket(sink.host(), sink.port())) {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
            assertThat(sink.awaitReceived(1, SOON))
                    .containsExactly(new Target.Received(length, TestData.sha256(42, length), true));
        }
    }

    @Test
    void testDataIsTheSameHoweverItIsRead() throws Exception {
        byte[] expected = TestData.bytes(5, 1000);
        try (InputStream in = TestData.stream(5, 1000)) {
            for (int i = 0; i < 13; i++) {
                assertThat((byte) in.read()).isEqualTo(expected[i]);
            }
            byte[] rest = in.readAllBytes();
            assertThat(rest).hasSize(987).endsWith(expected[998], expected[999]);
        }
        assertThat(TestData.sha256(5, 1000)).isEqualTo(TestData.sha256(expected));
        assertThat(TestData.bytes(6, 1000)).isNotEqualTo(expected);
    }

    @Test
    void greetsFirst() throws Exception {
        try (Target target = Target.tcp(Targets.greetThenEcho("welcome\n"));
                SocketChannel client = connect(target, false)) {
            assertThat(read(client, 8)).isEqualTo("welcome\n");
            send(client, "x");
            assertThat(read(client, 1)).isEqualTo("x");
        }
    }

    @Test
    void answersAndThenGoesOnReceiving() throws Exception {
        try (Target target = Target.tcp(Targets.answerThenReceive("done\n"));
                SocketChannel client = connect(target, false)) {
            assertThat(readAll(client)).isEqualTo("done\n");
            send(client, "more");
            client.shutdownOutput();
            assertThat(target.awaitReceived(1, SOON).get(0).bytes()).isEqualTo(4);
        }
    }

    @Test
    void resets() throws Exception {
        try (Target target = Target.tcp(Targets.resetAtOnce());
                Socket client = new Socket(target.host(), target.port())) {
            InputStream in = client.getInputStream();
            assertThatThrownBy(in::read).isInstanceOf(SocketException.class).hasMessageContaining("reset");
        }
    }

    @Test
    void resetsAllConnectionsWhenAsked() throws Exception {
        try (Target target = Target.tcp(Targets.silent());
                Socket client = new Socket(target.host(), target.port())) {
            target.awaitOpen(1, SOON);
            target.reset();
            InputStream in = client.getInputStream();
            assertThatThrownBy(in::read).isInstanceOf(SocketException.class).hasMessageContaining("reset");
            target.awaitOpen(0, SOON);
        }
    }

    @Test
    void refusesWhileStoppedAndServesTheSamePortAgain() throws Exception {
        try (Target target = Target.tcp(Targets.answerAndClose("hi"))) {
            target.stop();
            assertThatThrownBy(() -> connect(target, false)).isInstanceOf(ConnectException.class);
            target.start();
            try (SocketChannel client = connect(target, false)) {
                assertThat(readAll(client)).isEqualTo("hi");
            }
        }
    }

    @Test
    void someAddressesRefuse() {
        try (UnreachableAddress nobody = UnreachableAddress.refusing()) {
            assertThatThrownBy(() -> new Socket(nobody.host(), nobody.port()).close())
                    .isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void someAddressesNeverAnswer() throws Exception {
        try (UnreachableAddress nobody = UnreachableAddress.blackHole();
                Socket client = new Socket()) {
            assertThatThrownBy(() -> client.connect(nobody.address(), 150)).isInstanceOf(SocketTimeoutException.class);
        }
    }

    private Target target(boolean unix, Target.Behaviour behaviour) {
        return unix ? Target.unix(dir.resolve("target.sock"), behaviour) : Target.tcp(behaviour);
    }

    private static SocketChannel connect(Target target, boolean unix) throws IOException {
        SocketAddress address = unix
                ? UnixDomainSocketAddress.of(target.socket())
                : new InetSocketAddress(target.host(), target.port());
        return SocketChannel.open(address);
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private static String readAll(SocketChannel channel) throws IOException {
        return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.US_ASCII);
    }

    private static String read(SocketChannel channel, int length) throws IOException {
        return new String(Channels.newInputStream(channel).readNBytes(length), StandardCharsets.US_ASCII);
    }
}
