package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.TestData;
import dev.managedtunnel.testing.UnreachableAddress;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The way through real jump hosts: who logs in where with what, and who is blamed. */
@ExtendWith(NoLeaks.class)
class JumpHostsIT {
    private static OpenSshServer edge;
    private static OpenSshServer inside;

    private final Rig rig = new Rig();

    @BeforeAll
    static void startServers() {
        edge = OpenSshServer.usual();
        inside = OpenSshServer.usual();
    }

    @AfterAll
    static void stopServers() {
        edge.close();
        inside.close();
    }

    @AfterEach
    void tearDown() {
        rig.close();
        Awaitility.await().atMost(Rig.SOON).until(() -> edge.sessionCount() == 0 && inside.sessionCount() == 0);
    }

    private TunnelSpec.Builder via(Gateway jumpHost) {
        rig.way = gateway -> gateway.via(jumpHost);
        return rig.spec(inside);
    }

    private static String name(SshServer server) {
        return Rig.gateway(server).toString();
    }

    private static String withoutNumbers(TunnelException failure) {
        return failure.detail().replaceAll("\\(start \\d+, (up )?[0-9.]+ (ms|s)\\)", "(start, T)");
    }

    private static void echoes(Link link) throws Exception {
        try (Target target = Target.tcp(Targets.echo())) {
            Consumer consumer = Consumer.keeping();
            LinkChannel channel = ChannelContract.open(link, target, consumer);
            ChannelContract.send(channel, "hello");
            consumer.awaitText("hello");
        }
    }

    @Test
    void eachHopHasItsOwnCredentialsAndHostKeys() throws Exception {
        Link link = rig.connect(via(Rig.jumpHost(edge)));
        echoes(link);
        assertThat(edge.sessionCount()).isEqualTo(1);
        assertThat(inside.sessionCount()).isEqualTo(1);
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .filter(name -> name.startsWith("tunnel-" + rig.name) && !name.endsWith("-worker")))
                .containsExactlyInAnyOrder("tunnel-" + rig.name + "-reader", "tunnel-" + rig.name + "-jump1-reader");
    }

    @Test
    void theGatewayMayHaveItsOwnToo() throws Exception {
        Gateway gateway = Rig.gateway(inside)
                .credentials(Credentials.privateKey(inside.privateKey()))
                .hostKeys(HostKeys.pinned(inside.hostKeyFingerprint()))
                .via(Rig.gateway(edge));
        echoes(rig.connect(rig.spec(edge).build().toBuilder().gateway(gateway)));
    }

    @Test
    void aJumpHostWithoutSettingsOfItsOwnUsesTheTunnels(@TempDir Path dir) throws Exception {
        List<String> lines = new ArrayList<>(edge.hostKeyLines());
        lines.addAll(inside.hostKeyLines());
        Path known = Files.write(dir.resolve("known_hosts"), lines);
        TunnelSpec.Builder spec = via(Rig.gateway(edge))
                .hostKeys(HostKeys.knownHosts(known))
                .credentials(Credentials.privateKey(edge.privateKey()));
        echoes(rig.connect(spec));
    }

    @Test
    void theFirstHopLeavesByTheBindAddress() throws Exception {
        rig.connect(via(Rig.jumpHost(edge).bindAddress(InetAddress.getByName("127.0.0.3"))));
        assertThat(edge.log()).contains("Connection from 127.0.0.3 port ");
    }

    @Test
    void aliasesTellServersApartThatGoByOneName(@TempDir Path dir) throws Exception {
        Path known = Files.write(
                dir.resolve("known_hosts"),
                List.of(
                        "edge " + edge.hostKeys().get(0),
                        "inside " + inside.hostKeys().get(0)));
        Gateway jumpHost = Rig.gateway(edge)
                .credentials(Credentials.privateKey(edge.privateKey()))
                .hostKeyAlias("edge");
        rig.way = gateway -> gateway.via(jumpHost).hostKeyAlias("inside");
        echoes(rig.connect(rig.spec(inside).hostKeys(HostKeys.knownHosts(known))));
        rig.way = gateway -> gateway.via(jumpHost).hostKeyAlias("edge");
        assertThat(rig.failure(rig.spec(inside).hostKeys(HostKeys.knownHosts(known)))
                        .reason())
                .isEqualTo(FailureReason.HOST_KEY_CHANGED);
    }

    @Test
    void threeHopsCarryMuchBothWaysAtOnceWhileAllExchangeKeys() throws Exception {
        int size = 12_000_000;
        try (OpenSshServer first =
                        OpenSshServer.builder().config("RekeyLimit 2M").start();
                OpenSshServer second =
                        OpenSshServer.builder().config("RekeyLimit 3M").start();
                OpenSshServer last =
                        OpenSshServer.builder().config("RekeyLimit 4M").start();
                Target source = Target.tcp(Targets.source(3, size));
                Target sink = Target.tcp(Targets.digestAfterEof())) {
            rig.way = gateway -> gateway.via(Rig.jumpHost(second).via(Rig.jumpHost(first)));
            Link link = rig.connect(last);
            Consumer down = Consumer.keeping();
            ChannelContract.open(link, source, down);
            Consumer up = Consumer.keeping();
            LinkChannel channel = ChannelContract.open(link, sink, up);
            byte[] bytes = TestData.bytes(4, size);
            up.write(channel, bytes);
            channel.sendEof();
            down.awaitEnd();
            up.awaitEvent("closed");
            assertThat(TestData.sha256(down.bytes())).isEqualTo(TestData.sha256(3, size));
            assertThat(up.text()).isEqualTo(Targets.digestLine(size, TestData.sha256(bytes)));
            link.cut(Rig.closing());
            Rig.lost(link);
        }
    }

    @Test
    void whereJschCantBeReachedIntoItWorksToo() throws Exception {
        rig.internals = null;
        int size = 4_000_000;
        try (Target source = Target.tcp(Targets.source(5, size));
                Target sink = Target.tcp(Targets.digestAfterEof())) {
            Link link = rig.connect(via(Rig.jumpHost(edge)));
            Consumer down = Consumer.keeping();
            ChannelContract.open(link, source, down);
            Consumer up = Consumer.keeping();
            LinkChannel channel = ChannelContract.open(link, sink, up);
            up.write(channel, TestData.bytes(6, size));
            channel.sendEof();
            down.awaitEnd();
            up.awaitEvent("closed");
            assertThat(TestData.sha256(down.bytes())).isEqualTo(TestData.sha256(5, size));
            assertThat(up.text()).isEqualTo(Targets.digestLine(size, TestData.sha256(6, size)));
        }
    }

    @Test
    void aWrongHostKeyOfAJumpHostIsToldAsItsOwn() {
        TunnelException failure =
                rig.failure(via(Rig.jumpHost(edge).hostKeys(HostKeys.pinned(inside.hostKeyFingerprint()))));
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
        assertThat(withoutNumbers(failure))
                .isEqualTo("cannot trust jump host " + name(edge) + " (start, T): its key ssh-ed25519 "
                        + edge.hostKeyFingerprint() + " is none of the pinned " + inside.hostKeyFingerprint());
    }

    @Test
    void aWrongHostKeyOfTheGatewayBehindAJumpHost() {
        TunnelException failure =
                rig.failure(via(Rig.jumpHost(edge)).hostKeys(HostKeys.pinned(edge.hostKeyFingerprint())));
        assertThat(failure.reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
        assertThat(withoutNumbers(failure))
                .isEqualTo("cannot trust " + name(inside) + " via " + name(edge) + " (start, T): its key ssh-ed25519 "
                        + inside.hostKeyFingerprint() + " is none of the pinned " + edge.hostKeyFingerprint());
    }

    @Test
    void aJumpHostThatTakesNoneOfOurKeys() {
        TunnelException failure =
                rig.failure(via(Rig.jumpHost(edge).credentials(Credentials.privateKey(inside.privateKey()))));
        assertThat(failure.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
        assertThat(withoutNumbers(failure))
                .isEqualTo("cannot log in to jump host " + name(edge)
                        + " (start, T): it accepts publickey; tried private key " + inside.privateKey());
    }

    @Test
    void aJumpHostWhereNobodyListens() {
        try (UnreachableAddress nobody = UnreachableAddress.refusing()) {
            TunnelException failure = rig.failure(via(Gateway.of("jump", nobody.host(), nobody.port())));
            assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_REFUSED);
            assertThat(withoutNumbers(failure))
                    .isEqualTo("cannot connect to jump host jump@" + nobody.host() + ":" + nobody.port()
                            + " (start, T): Connection refused");
        }
    }

    @Test
    void aJumpHostThatForbidsForwarding() {
        try (OpenSshServer strict =
                OpenSshServer.builder().config("AllowTcpForwarding no").start()) {
            TunnelException failure = rig.failure(via(Rig.jumpHost(strict)));
            assertThat(failure.reason()).isEqualTo(FailureReason.UNREACHABLE);
            assertThat(withoutNumbers(failure))
                    .isEqualTo("cannot connect to " + name(inside) + " via " + name(strict) + " (start, T): jump host "
                            + name(strict) + " did not allow " + inside.host() + ":" + inside.port()
                            + " (ADMINISTRATIVELY_PROHIBITED: see the server's AllowTcpForwarding and PermitOpen)");
            Awaitility.await().atMost(Rig.SOON).until(() -> strict.sessionCount() == 0);
        }
    }

    @Test
    void aJumpHostThatCantReachTheGateway() {
        try (UnreachableAddress nobody = UnreachableAddress.refusing()) {
            Gateway gateway = Gateway.of("deploy", nobody.host(), nobody.port()).via(Rig.jumpHost(edge));
            TunnelException failure =
                    rig.failure(rig.spec(edge).build().toBuilder().gateway(gateway));
            assertThat(failure.reason()).isEqualTo(FailureReason.UNREACHABLE);
            assertThat(withoutNumbers(failure))
                    .isEqualTo("cannot connect to " + gateway + " (start, T): jump host " + name(edge)
                            + " did not reach " + nobody.host() + ":" + nobody.port() + " (CONNECT_FAILED)");
        }
    }

    @Test
    void aGatewayBehindAJumpHostThatIsNoSshServer() {
        try (Target web = Target.tcp(Targets.answerAndClose("HTTP/1.1 400 Bad Request\r\n"))) {
            Gateway gateway = Gateway.of("deploy", web.host(), web.port()).via(Rig.jumpHost(edge));
            TunnelException failure =
                    rig.failure(rig.spec(edge).build().toBuilder().gateway(gateway));
            assertThat(failure.reason()).isEqualTo(FailureReason.NOT_SSH);
            assertThat(withoutNumbers(failure))
                    .isEqualTo("no SSH server at " + gateway
                            + " (start, T): it sent no SSH banner, but 'HTTP/1.1 400 Bad Request'");
        }
    }
}
