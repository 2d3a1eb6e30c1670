package dev.managedtunnel.internal.link.jsch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.Proxy;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.ProxyServer;
import dev.managedtunnel.testing.SshSocks;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.UnreachableAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gateways behind proxies, which look their names up; and all the ways in which a proxy says no, or nothing. */
@ExtendWith(NoLeaks.class)
class ProxiesIT {
    private static final Duration DEADLINE = Duration.ofMillis(1500);
    private static final String GATEWAY = "gateway.internal:2222";

    private static OpenSshServer server;

    private final Rig rig = new Rig();

    @BeforeAll
    static void startServer() {
        server = OpenSshServer.usual();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void knowNoNames() {
        rig.resolver = host -> {
            if (host.equals("127.0.0.1")) {
                return new InetAddress[] {InetAddress.getLoopbackAddress()};
            }
            throw new UnknownHostException(host);
        };
    }

    @AfterEach
    void tearDown() {
        rig.close();
        Awaitility.await().atMost(Rig.SOON).until(() -> server.sessionCount() == 0);
    }

    private static Map<String, InetSocketAddress> names() {
        return Map.of(GATEWAY, new InetSocketAddress(server.host(), server.port()));
    }

    private void goThrough(Proxy proxy) {
        rig.way =
                gateway -> Gateway.of(gateway.user(), "gateway.internal", 2222).proxy(proxy);
    }

    private Link connect(Proxy proxy) {
        goThrough(proxy);
        return rig.connect(server);
    }

    /** A start that must fail; what is said behind the gateway's name and the number. */
    private String refused(Proxy proxy, FailureReason reason) {
        goThrough(proxy);
        return why(rig.failure(rig.spec(server)), proxy, reason);
    }

    private String why(TunnelException failure, Proxy proxy, FailureReason reason) {
        assertThat(failure.reason()).isEqualTo(reason);
        String text = failure.detail().replaceAll("\\(start \\d+, [0-9.]+ (ms|s)\\)", "(start, T)");
        String begin = "cannot connect to " + server.user() + "@" + GATEWAY + " through " + proxy + " (start, T): ";
        assertThat(text).startsWith(begin);
        return text.substring(begin.length()).replace(proxy.toString(), "PROXY");
    }

    private static void echoes(Link link) throws Exception {
        try (Target target = Target.tcp(Targets.echo())) {
            Consumer consumer = Consumer.keeping();
            LinkChannel channel = ChannelContract.open(link, target, consumer);
            ChannelContract.send(channel, "hello");
            consumer.awaitText("hello");
        }
    }

    private static Proxy http(Target proxy) {
        return Proxy.http(proxy.host(), proxy.port());
    }

    private static Proxy socks5(Target proxy) {
        return Proxy.socks5(proxy.host(), proxy.port());
    }

    /** Answers whatever the client sends with one text after the other, and hangs up once the client does. */
    private static Target.Behaviour answering(String... answers) {
        return (connection, target) -> {
            for (String answer : answers) {
                if (connection.read(ByteBuffer.allocate(4096)) < 0) {
                    throw new IOException("the client has hung up");
                }
                connection.write(ByteBuffer.wrap(answer.getBytes(ISO_8859_1)));
            }
            while (connection.read(ByteBuffer.allocate(4096)) >= 0) {
                // whatever it says
            }
        };
    }

    @Test
    void anHttpProxyThatWantsNoLogin() throws Exception {
        ProxyServer proxy = ProxyServer.http(null, names());
        try (Target target = Target.tcp(proxy)) {
            echoes(connect(http(target)));
            assertThat(proxy.requests())
                    .containsExactly("CONNECT " + GATEWAY + " HTTP/1.1\r\nHost: " + GATEWAY + "\r\n\r\n");
        }
    }

    @Test
    void anHttpProxyThatWantsALoginAndTheSecretIsWiped() throws Exception {
        char[] password = "pass:wörd".toCharArray();
        try (Target target = Target.tcp(ProxyServer.http("bob:pass:wörd", names()))) {
            echoes(connect(http(target).credentials("bob", () -> password)));
        }
        assertThat(password).containsOnly('\0');
    }

    @Test
    void aSocks5ProxyThatWantsALoginAndTheSecretIsWiped() throws Exception {
        char[] password = "pass:wörd".toCharArray();
        ProxyServer proxy = ProxyServer.socks5("bob:pass:wörd", names());
        try (Target target = Target.tcp(proxy)) {
            echoes(connect(socks5(target).credentials("bob", () -> password)));
            assertThat(proxy.requests()).containsExactly(GATEWAY);
        }
        assertThat(password).containsOnly('\0');
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost"})
    void aRealSocks5ProxyByAddressAndByName(String host) throws Exception {
        try (OpenSshServer other = OpenSshServer.usual();
                SshSocks socks = SshSocks.at(other)) {
            rig.way = gateway -> Gateway.of(gateway.user(), host, gateway.port())
                    .proxy(Proxy.socks5("127.0.0.1", socks.port()).credentials("unused", "x"::toCharArray));
            echoes(rig.connect(server));
        }
    }

    @Test
    void aJumpHostBehindAProxy() throws Exception {
        try (OpenSshServer edge = OpenSshServer.usual();
                Target proxy = Target.tcp(ProxyServer.http(
                        null, Map.of("edge.example:22", new InetSocketAddress(edge.host(), edge.port()))))) {
            Gateway jumpHost = Gateway.of(edge.user(), "edge.example", 22)
                    .credentials(Rig.jumpHost(edge).credentials().get(0))
                    .hostKeys(Rig.jumpHost(edge).hostKeys().orElseThrow())
                    .proxy(http(proxy));
            rig.way = gateway -> gateway.via(jumpHost);
            Link link = rig.connect(server);
            echoes(link);
            link.cut(Rig.closing());
            Rig.lost(link);
        }
    }

    @Test
    void aProxyThatIsNotThereIsNamed() {
        try (UnreachableAddress nobody = UnreachableAddress.refusing()) {
            assertThat(refused(Proxy.http(nobody.host(), nobody.port()), FailureReason.CONNECT_REFUSED))
                    .isEqualTo("PROXY: Connection refused");
        }
        Proxy unknown = Proxy.socks5("no-such-proxy.invalid", 1080);
        assertThat(refused(unknown, FailureReason.UNKNOWN_HOST))
                .isEqualTo("no address found for no-such-proxy.invalid");
    }

    @Test
    void aWrongPassword() {
        try (Target http = Target.tcp(ProxyServer.http("bob:secret", names()));
                Target socks5 = Target.tcp(ProxyServer.socks5("bob:secret", names()))) {
            assertThat(refused(http(http).credentials("bob", "wrong"::toCharArray), FailureReason.AUTH_REJECTED))
                    .isEqualTo("PROXY: it refused the user 'bob' or the password; it says 'HTTP/1.1 407 Proxy "
                            + "Authentication Required'");
            assertThat(refused(socks5(socks5).credentials("bob", "wrong"::toCharArray), FailureReason.AUTH_REJECTED))
                    .isEqualTo("PROXY: it refused the user 'bob' or the password");
        }
    }

    @Test
    void aLoginThatIsWantedButNotGiven() {
        try (Target http = Target.tcp(answering(
                        "HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nproxy-authenticate: Digest x=y\r\n\r\n"));
                Target socks5 = Target.tcp(answering("\5\377"))) {
            assertThat(refused(http(http), FailureReason.AUTH_REJECTED))
                    .isEqualTo("PROXY: it wants a login, set it with Proxy.credentials; it says 'HTTP/1.1 407 No', and "
                            + "takes only NTLM, Digest, not Basic");
            assertThat(refused(socks5(socks5), FailureReason.AUTH_REJECTED))
                    .isEqualTo("PROXY: it wants a login, set it with Proxy.credentials");
            assertThat(refused(socks5(socks5).credentials("bob", "x"::toCharArray), FailureReason.AUTH_REJECTED))
                    .isEqualTo("PROXY: it takes no login by user name and password");
        }
    }

    @Test
    void aPasswordSupplierThatFailsIsAFailedLogin() {
        try (Target http = Target.tcp(ProxyServer.http("bob:secret", names()))) {
            Proxy proxy = http(http).credentials("bob", () -> {
                throw new IllegalStateException("no vault");
            });
            assertThat(refused(proxy, FailureReason.AUTH_REJECTED))
                    .isEqualTo("the password supplier of PROXY failed with java.lang.IllegalStateException");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "403 Forbidden; UNREACHABLE; did not allow",
                "405 Method Not Allowed; UNREACHABLE; did not allow",
                "502 Bad Gateway; UNREACHABLE; did not reach",
                "503 Service Unavailable; UNREACHABLE; did not reach",
                "504 Gateway Timeout; CONNECT_TIMEOUT; got no answer from"
            })
    void anHttpProxyThatSaysNo(String status, FailureReason reason, String what) {
        try (Target target = Target.tcp(answering("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\n\r\nno"))) {
            assertThat(refused(http(target), reason))
                    .isEqualTo("PROXY: it " + what + " " + GATEWAY + ", and says 'HTTP/1.1 " + status + "'");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "1; UNREACHABLE; did not reach GATEWAY (general failure)",
                "2; UNREACHABLE; did not allow GATEWAY (not allowed by its rules)",
                "3; UNREACHABLE; did not reach GATEWAY (network unreachable)",
                "4; UNREACHABLE; did not reach GATEWAY (host unreachable)",
                "5; CONNECT_REFUSED; did not reach GATEWAY (connection refused)",
                "6; CONNECT_TIMEOUT; did not reach GATEWAY (time to live expired)",
                "7; UNREACHABLE; did not connect to GATEWAY (command not supported)",
                "8; UNREACHABLE; did not connect to GATEWAY (kind of address not supported)",
                "99; UNREACHABLE; did not reach GATEWAY (code 99)"
            })
    void aSocks5ProxyThatSaysNo(int code, FailureReason reason, String what) {
        try (Target target = Target.tcp(answering("\5\0", "\5" + (char) code + "\0\1\0\0\0\0\0\0"))) {
            assertThat(refused(socks5(target), reason)).isEqualTo("PROXY: it " + what.replace("GATEWAY", GATEWAY));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSH-2.0-OpenSSH_9.2\r\n", "\5\0", "HTTP is what I speak\r\n\r\n"})
    void whatIsNoHttpProxy(String answer) {
        try (Target target = Target.tcp(answering(answer))) {
            assertThat(refused(http(target), FailureReason.UNREACHABLE))
                    .startsWith("PROXY: it is no HTTP proxy, its answer begins with '");
        }
    }

    @Test
    void whatIsNoSocks5Proxy() {
        try (Target target = Target.tcp(answering("HTTP/1.1 400 Bad Request\r\n\r\n"))) {
            assertThat(refused(socks5(target), FailureReason.UNREACHABLE))
                    .isEqualTo("PROXY: it is no SOCKS5 proxy, its answer begins with the byte 72 instead of 5");
        }
    }

    @Test
    void anAnswerWithoutAnEnd() {
        try (Target target = Target.tcp(answering("HTTP/1.1 200 OK\r\nX: " + "x".repeat(20_000)))) {
            assertThat(refused(http(target), FailureReason.UNREACHABLE))
                    .isEqualTo("PROXY: its answer is longer than 16384 bytes");
        }
    }

    @Test
    void aProxyThatHangsUp() {
        Target.Behaviour hangsUp = (connection, target) -> connection.read(ByteBuffer.allocate(4096));
        try (Target target = Target.tcp(hangsUp)) {
            assertThat(refused(http(target), FailureReason.UNREACHABLE))
                    .isEqualTo("PROXY: it closed the connection without an answer");
            assertThat(refused(socks5(target), FailureReason.UNREACHABLE))
                    .isEqualTo("PROXY: it closed the connection without an answer");
        }
        try (Target target = Target.tcp(Targets.resetAfter(3))) {
            assertThat(refused(http(target), FailureReason.UNREACHABLE))
                    .isEqualTo("PROXY: it broke the connection off: Connection reset");
        }
    }

    @Test
    void aProxyThatHangsIsHeldToTheDeadlineOfTheStart() {
        try (Target silent = Target.tcp(Targets.silent());
                Target half = Target.tcp(answering("\5\0"))) {
            for (Proxy proxy : new Proxy[] {http(silent), socks5(silent), socks5(half)}) {
                goThrough(proxy);
                LinkStart start =
                        rig.start(rig.spec(server).connectTimeout(DEADLINE).build());
                rig.scheduler.schedule(DEADLINE, () -> start.timeOut(DEADLINE));
                assertThat(why(Rig.failure(start), proxy, FailureReason.CONNECT_TIMEOUT))
                        .isEqualTo("PROXY: it accepted the connection, but then no answer within 1.5 s");
            }
        }
    }

    @Test
    void aPasswordSupplierThatHangsIsHeldToItToo() {
        CountDownLatch never = new CountDownLatch(1);
        try (Target http = Target.tcp(ProxyServer.http("bob:secret", names()))) {
            Proxy proxy = http(http).credentials("bob", () -> {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return "secret".toCharArray();
            });
            goThrough(proxy);
            LinkStart start =
                    rig.start(rig.spec(server).connectTimeout(DEADLINE).build());
            rig.scheduler.schedule(DEADLINE, () -> start.timeOut(DEADLINE));
            assertThat(Rig.failure(start))
                    .hasMessageContaining("the password supplier of " + proxy + " gave no answer within 1.5 s");
        }
    }

    @Test
    void aStartThatIsCancelledWhileAProxyHangsLeavesNothing() {
        try (Target silent = Target.tcp(Targets.silent())) {
            goThrough(http(silent));
            LinkStart start = rig.start(rig.spec(server).build());
            silent.awaitOpen(1, Rig.SOON);
            start.cancel();
            assertThat(Rig.failure(start).reason()).isEqualTo(FailureReason.CLOSED);
        }
    }

    @Test
    void aGatewayBehindAProxyThatIsNoSshServer() {
        try (Target proxy = Target.tcp(answering("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 400 Bad Request\r\n"))) {
            goThrough(http(proxy));
            LinkStart start =
                    rig.start(rig.spec(server).connectTimeout(DEADLINE).build());
            rig.scheduler.schedule(DEADLINE, () -> start.timeOut(DEADLINE));
            TunnelException failure = Rig.failure(start);
            assertThat(failure.reason()).isEqualTo(FailureReason.NOT_SSH);
            assertThat(failure)
                    .hasMessageContaining("sent no SSH banner within 1.5 s, but 'HTTP/1.1 400 Bad Request'")
                    .hasMessageNotContaining("200 OK");
        }
    }
}
