package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.ChannelException.Kind;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.TestData;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenSshChannelIT extends WindowContract {
    @Override
    SshServer startServer() {
        return OpenSshServer.usual();
    }

    @Test
    void aTargetMayEndItsDirectionFirst() throws Exception {
        try (Target target = Target.tcp(Targets.answerThenReceive("that's all"))) {
            Link link = rig.connect(server);
            Consumer consumer = Consumer.keeping();
            LinkChannel channel = open(link, target, consumer);
            consumer.awaitEvent("eof");
            assertThat(consumer.events()).containsExactly("data", "eof");
            byte[] bytes = TestData.bytes(1, 300_000);
            consumer.write(channel, bytes);
            channel.sendEof();
            assertThat(target.awaitReceived(1, Rig.SOON))
                    .containsExactly(new Target.Received(bytes.length, TestData.sha256(bytes), true));
            consumer.awaitEvent("closed");
            assertThat(consumer.events()).containsExactly("data", "eof", "closed");
        }
    }

    @Test
    void weMayEndOurDirectionFirst() throws Exception {
        try (Target target = Target.tcp(Targets.digestAfterEof())) {
            Consumer consumer = Consumer.keeping();
            LinkChannel channel = open(rig.connect(server), target, consumer);
            send(channel, "hello");
            channel.sendEof();
            consumer.awaitEvent("closed");
            assertThat(consumer.text())
                    .isEqualTo(Targets.digestLine(5, TestData.sha256("hello".getBytes(StandardCharsets.UTF_8))));
            assertThat(consumer.events()).containsExactly("data", "eof", "closed");
        }
    }

    @Test
    void aTargetMayBeAUnixSocket(@TempDir Path dir) throws Exception {
        Path socket = dir.resolve("s");
        try (Target target = Target.unix(socket, Targets.echo())) {
            Link link = rig.connect(server);
            Consumer consumer = Consumer.keeping();
            LinkChannel channel = Rig.get(link.open(new Endpoint.UnixSocket(socket.toString()), consumer));
            consumer.attach(channel);
            send(channel, "hello");
            consumer.awaitText("hello");
            assertThat(refusal(Kind.REFUSED, link, new Endpoint.UnixSocket(dir + "/none")))
                    .contains("did not reach")
                    .endsWith("/none (CONNECT_FAILED)");
        }
    }

    private static String refusal(Kind kind, Link link, Endpoint target) {
        Throwable failure =
                catchThrowable(() -> link.open(target, Consumer.counting()).get());
        assertThat(failure.getCause())
                .isInstanceOfSatisfying(
                        ChannelException.class, e -> assertThat(e.kind()).isEqualTo(kind));
        return failure.getCause().getMessage();
    }

    @Test
    void aTargetThatTheServerForbids() {
        try (OpenSshServer strict =
                OpenSshServer.builder().config("PermitOpen 127.0.0.1:1").start()) {
            assertThat(refusal(Kind.PROHIBITED, rig.connect(strict), new Endpoint.Tcp("127.0.0.1", 2)))
                    .isEqualTo(
                            "gateway %s@%s:%d did not allow 127.0.0.1:2 (ADMINISTRATIVELY_PROHIBITED: see the server's "
                                            .formatted(strict.user(), strict.host(), strict.port())
                                    + "AllowTcpForwarding and PermitOpen)");
        }
    }

    @Test
    void aServerThatExchangesKeysAnewWhileDataFlowsHarmsNothing() throws Exception {
        try (OpenSshServer rekeying =
                        OpenSshServer.builder().config("RekeyLimit 1M").start();
                Target source = Target.tcp(Targets.source(3, 20_000_000));
                Target sink = Target.tcp(Targets.digestAfterEof())) {
            Link link = rig.connect(rekeying);
            Consumer down = Consumer.keeping();
            open(link, source, down);
            Consumer up = Consumer.keeping();
            LinkChannel channel = open(link, sink, up);
            byte[] bytes = TestData.bytes(4, 20_000_000);
            up.write(channel, bytes);
            channel.sendEof();
            down.awaitEnd();
            up.awaitEvent("closed");
            assertThat(TestData.sha256(down.bytes())).isEqualTo(TestData.sha256(3, 20_000_000));
            assertThat(up.text()).isEqualTo(Targets.digestLine(bytes.length, TestData.sha256(bytes)));
        }
    }
}
