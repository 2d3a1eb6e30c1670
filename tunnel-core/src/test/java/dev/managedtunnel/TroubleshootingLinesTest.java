package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.DocPage;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.MinaServer.Moment;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.SshKeys;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.UnreachableAddress;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The lines that docs/troubleshooting.md shows are those that tunnels make, but for names, numbers and times. Not here:
 * UNKNOWN_HOST, whose text is the system's, and NO_COMMON_ALGORITHM, for which MINA is not old enough.
 */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
@Timeout(60)
class TroubleshootingLinesTest {
    private static final String PAGE =
            withoutNames(DocPage.of("troubleshooting.md").text());
    private static final Duration SOON = Duration.ofSeconds(20);

    private static MinaServer server;

    @TempDir
    private Path dir;

    @BeforeAll
    static void startServer() {
        server = MinaServer.usual();
    }

    @AfterEach
    void behave() {
        server.behave();
        server.relay().heal();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    private static TunnelSpec.Builder spec(MinaServer at) {
        return spec(at, at.host(), at.port());
    }

    private static TunnelSpec.Builder spec(MinaServer at, String host, int port) {
        return Tunnels.to(at, "orders-db", Gateway.of(at.user(), host, port))
                .forward(Forward.local("db.internal", 5432));
    }

    /** What keeps the first start from succeeding. */
    private static void assertShown(FailureReason reason, TunnelSpec.Builder spec) {
        TunnelSpec once =
                spec.restart(RestartPolicy.builder().maxStarts(1).build()).build();
        TunnelException failure =
                catchThrowableOfType(TunnelException.class, () -> once.open().close());
        assertShown(reason, failure);
    }

    private static void assertShown(FailureReason reason, TunnelException failure) {
        assertThat(failure).isNotNull().returns(reason, TunnelException::reason);
        assertThat(PAGE).contains(withoutNames(String.valueOf(failure.getMessage())));
    }

    private static String withoutNames(String text) {
        return text.replaceAll("\\(start \\d+, [^)]*\\)", "(start)")
                .replaceAll("[\\w.-]+@[\\w.-]+:\\d+", "GATEWAY")
                .replaceAll("SHA256:[A-Za-z0-9+/]{43}", "FINGERPRINT")
                .replaceAll("(?<= )(/[\\w.-]+)+", "PATH")
                .replaceAll("127\\.0\\.0\\.1:\\d+", "HERE")
                .replaceAll("of the last \\d+", "of the last N")
                .replaceAll("\\b\\d+(\\.\\d+)? (ms|s|min|h)\\b", "TIME");
    }

    @Test
    void aGatewayThatRefuses() {
        try (UnreachableAddress nobody = UnreachableAddress.refusing()) {
            assertShown(FailureReason.CONNECT_REFUSED, spec(server, nobody.host(), nobody.port()));
        }
    }

    @Test
    void aGatewayThatIsSilent() {
        try (UnreachableAddress hole = UnreachableAddress.blackHole()) {
            assertShown(
                    FailureReason.CONNECT_TIMEOUT,
                    spec(server, hole.host(), hole.port()).connectTimeout(Duration.ofSeconds(1)));
        }
    }

    @Test
    void aJumpHostThatForbids() {
        server.refuseTargets(1, "no");
        Gateway jump = Gateway.of(server.user(), server.host(), server.port());
        Gateway behind = Gateway.parse("deploy@bastion.example.com").via(jump);
        assertShown(FailureReason.UNREACHABLE, spec(server).build().toBuilder().gateway(behind));
    }

    @Test
    void aWebServer() {
        try (Target web = Target.tcp(Targets.answerAndClose("HTTP/1.1 400 Bad Request\r\n\r\n"))) {
            assertShown(FailureReason.NOT_SSH, spec(server, web.host(), web.port()));
        }
    }

    @Test
    void aServerThatHangsUpDuringTheKeyExchange() {
        server.cutAt(Moment.KEX);
        assertShown(FailureReason.KEX_FAILED, spec(server));
    }

    @Test
    void hostKeys() throws Exception {
        Path empty = Files.createFile(dir.resolve("empty"));
        Path file = dir.resolve("known_hosts");
        String other = SshKeys.ed25519(dir, "other").publicLine();

        assertShown(FailureReason.HOST_KEY_UNKNOWN, spec(server).hostKeys(HostKeys.knownHosts(empty, empty)));
        Files.writeString(file, "[" + server.host() + "]:" + server.port() + " " + other + "\n");
        assertShown(FailureReason.HOST_KEY_CHANGED, spec(server).hostKeys(HostKeys.knownHosts(file)));
        Files.write(
                file,
                List.of(server.hostKeyLine(), "@revoked * " + server.hostKeys().get(0)));
        assertShown(FailureReason.HOST_KEY_REVOKED, spec(server).hostKeys(HostKeys.knownHosts(file)));
    }

    private TunnelSpec.Builder withKey(Path key) {
        return TunnelSpec.builder("orders-db")
                .gateway(Gateway.of(server.user(), server.host(), server.port()))
                .hostKeys(HostKeys.pinned(server.hostKeyFingerprint()))
                .forward(Forward.local("db.internal", 5432))
                .credentials(Credentials.privateKey(key));
    }

    @Test
    void aKeyThatIsNotAccepted() {
        try (MinaServer strict = MinaServer.builder().authMethods("publickey").start()) {
            Path key = SshKeys.ed25519(dir, "other").privateKey();
            assertShown(
                    FailureReason.AUTH_REJECTED,
                    withKey(key).hostKeys(HostKeys.pinned(strict.hostKeyFingerprint())).build().toBuilder()
                            .gateway(Gateway.of(strict.user(), strict.host(), strict.port())));
        }
    }

    @Test
    void aKeyThatNeedsAPassphrase() {
        Path key = SshKeys.generate(dir, "locked", SshKeys.Type.ED25519, SshKeys.Format.OPENSSH, "secret")
                .privateKey();
        assertShown(FailureReason.KEY_UNREADABLE, withKey(key));
    }

    @Test
    void aPortThatIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Forward forward = Forward.local("db.internal", 5432).listenOn(taken.getLocalPort());
            TunnelSpec spec = TunnelSpec.builder("orders-db")
                    .gateway("me@bastion")
                    .credentials(Credentials.agent())
                    .forward(forward)
                    .build();
            assertShown(
                    FailureReason.LISTEN_FAILED,
                    catchThrowableOfType(
                            TunnelException.class, () -> spec.start().close()));
        }
    }

    @Test
    void aGatewayThatDoesNotListen() {
        try (MinaServer strict = MinaServer.builder()
                .configure(mina -> mina.setForwardingFilter(RejectAllForwardingFilter.INSTANCE))
                .start()) {
            assertShown(
                    FailureReason.REMOTE_LISTEN_REFUSED,
                    spec(strict).forward(Forward.remote(9000, "localhost", 8080).named("web")));
        }
    }

    @Test
    void sessionsThatEnd() {
        try (ManagedTunnel tunnel = spec(server)
                .keepAlive(KeepAlive.every(Duration.ofMillis(300)))
                .build()
                .open()) {
            server.disconnectAll(11, "maintenance at ten");
            assertLost(tunnel, FailureReason.DISCONNECTED);
            server.killSessions();
            assertLost(tunnel, FailureReason.CONNECTION_LOST);
            server.relay().stallPresent();
            assertLost(tunnel, FailureReason.KEEPALIVE_TIMEOUT);

            tunnel.close();
            assertShown(FailureReason.CLOSED, catchThrowableOfType(TunnelException.class, () -> tunnel.awaitUp(SOON)));
        }
    }

    /** Until it is up again. */
    private static void assertLost(ManagedTunnel tunnel, FailureReason reason) {
        await().atMost(SOON).until(() -> tunnel.status().losses().get(reason) > 0);
        await().atMost(SOON).until(() -> {
            tunnel.reconnectNow();
            return tunnel.state() == TunnelState.UP;
        });
        assertShown(reason, tunnel.status().lastFailure().orElseThrow());
    }

    @Test
    void aTargetThatIsDownAndAProbeThatSeesIt() {
        server.refuseTargets(2, "no");
        Set<String> failed = ConcurrentHashMap.newKeySet();
        Probe probe = Probe.connect("db.internal", 5432).every(Duration.ofMillis(100));
        try (ManagedTunnel tunnel = spec(server)
                .probe(probe)
                .listener(event -> {
                    if (event instanceof TunnelEvent.ProbeFailed seen) {
                        failed.add(String.valueOf(seen.cause().getMessage()));
                    }
                    if (event instanceof TunnelEvent.ConnectionFailed seen) {
                        failed.add(seen.forward() + ": " + seen.outcome() + ": " + seen.detail());
                    }
                })
                .build()
                .open()) {
            assertThatIOException()
                    .isThrownBy(() -> tunnel.socketFactory("db.internal:5432").createSocket("any", 1));
            await().atMost(SOON).until(() -> failed.size() == 2);
        }
        assertThat(failed).allSatisfy(line -> assertThat(PAGE).contains(withoutNames(line)));
    }
}
