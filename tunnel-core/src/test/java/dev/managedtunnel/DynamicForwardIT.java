package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.TestData;
import dev.managedtunnel.testing.UnreachableAddress;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ssh -D} with a real sshd and with real clients: curl and the JDK. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class DynamicForwardIT extends WithOpenSsh {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String BODY = "hello from the target";

    private static TunnelSpec.Builder spec(OpenSshServer server) {
        return Tunnels.to(server, "socks").forward(Forward.dynamic());
    }

    private static ManagedTunnel open() {
        return spec(server).build().open();
    }

    /** A server that answers each request with this. */
    private static Target web(byte[] body) {
        String head = "HTTP/1.0 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n";
        return Target.tcp((connection, target) -> {
            Scanner request = new Scanner(connection, StandardCharsets.US_ASCII);
            while (!request.nextLine().isEmpty()) {
                // the next header
            }
            OutputStream out = Channels.newOutputStream(connection);
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            out.write(body);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"--socks5", "--socks5-hostname", "--socks4", "--socks4a"})
    void curlFetchesAPage(String option) throws Exception {
        try (Target web = web(BODY.getBytes(StandardCharsets.US_ASCII));
                ManagedTunnel tunnel = open()) {
            // Only the gateway looks the name up with those that pass it on.
            assertThat(curl(tunnel, option, "http://localhost:" + web.port() + "/"))
                    .isEqualTo("0 " + BODY);
            await().atMost(SOON).until(() -> forward(tunnel).outcomes().get(ConnectionOutcome.SERVED) == 1);
            assertThat(tunnel.status().activeConnections()).isZero();
        }
    }

    @Test
    void reachesAnIpv6TargetByItsAddress() throws Exception {
        try (Target greeter = Target.tcp(
                        InetAddress.getByAddress(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}),
                        Targets.greetThenEcho("six\n"));
                ManagedTunnel tunnel = open();
                Socket client = client(tunnel)) {
            client.connect(greeter.address());
            assertThat(client.getInputStream().readNBytes(4)).asString().isEqualTo("six\n");
        }
    }

    @Test
    void namesAreLookedUpAtTheGateway() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = open();
                Socket client = client(tunnel)) {
            client.connect(InetSocketAddress.createUnresolved("localhost", echo.port()));
            assertThat(TunnelFixture.echo(client, "by name")).isEqualTo("by name");
        }
    }

    @Test
    void curlLearnsThatNobodyListensThere() throws Exception {
        try (UnreachableAddress nobody = UnreachableAddress.refusing();
                ManagedTunnel tunnel = open()) {
            assertThat(curl(tunnel, "--socks5", "http://" + nobody.host() + ":" + nobody.port() + "/"))
                    .startsWith("97 ")
                    .contains("(5)");
            assertThat(forward(tunnel).outcomes()).containsEntry(ConnectionOutcome.TARGET_REFUSED, 1L);
            assertThat(forward(tunnel).lastError())
                    .hasValueSatisfying(text -> assertThat(text).contains(nobody.host() + ":" + nobody.port()));
        }
    }

    @Test
    void theClientLearnsThatTheGatewayForbidsIt() throws Exception {
        try (OpenSshServer strict =
                        OpenSshServer.builder().config("PermitOpen 127.0.0.1:1").start();
                ManagedTunnel tunnel = spec(strict).build().open();
                Socket client = client(tunnel)) {
            assertThatThrownBy(() -> client.connect(InetSocketAddress.createUnresolved("127.0.0.1", 2)))
                    .isInstanceOf(SocketException.class)
                    .hasMessage("SOCKS: Connection not allowed by ruleset");
        }
    }

    @Test
    void aTransferByCurlIsByteExact() throws Exception {
        byte[] bytes = TestData.bytes(7, 32 << 20);
        try (Target web = web(bytes);
                ManagedTunnel tunnel = open()) {
            Process curl = start(tunnel, "--socks5-hostname", "http://localhost:" + web.port() + "/");
            assertThat(TestData.sha256(curl.getInputStream())).isEqualTo(TestData.sha256(bytes));
            curl.getOutputStream().close();
            assertThat(curl.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(curl.exitValue()).isZero();
        }
    }

    @Test
    void theHalfCloseReachesTheTargetAndItsAnswerComesBack() throws Exception {
        try (Target digest = Target.tcp(Targets.digestAfterEof());
                ManagedTunnel tunnel = open();
                Socket client = client(tunnel)) {
            client.connect(digest.address());
            client.getOutputStream().write(TestData.bytes(3, 100_000));
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes())
                    .asString()
                    .isEqualTo(Targets.digestLine(100_000, TestData.sha256(3, 100_000)));
        }
    }

    @Test
    void aClientThatSpeaksHttpIsTurnedAwayAndCounted() throws Exception {
        try (ManagedTunnel tunnel = open()) {
            assertThat(curl(tunnel, "--proxy", "http://127.0.0.1:1/")).doesNotStartWith("0 ");
            await().atMost(SOON).until(() -> forward(tunnel).outcomes().get(ConnectionOutcome.CLIENT_REFUSED) == 1);
            assertThat(forward(tunnel).lastError())
                    .hasValueSatisfying(text -> assertThat(text).contains("HTTP", "socks5h://"));
        }
    }

    @Test
    void oneWhoDoesNotAskIsCutAndDisturbsNobody() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = open();
                Socket slow = new Socket()) {
            slow.setSoTimeout((int) SOON.toMillis());
            slow.connect(tunnel.address());
            slow.getOutputStream().write(5);
            try (Socket client = client(tunnel)) {
                client.connect(echo.address());
                assertThat(TunnelFixture.echo(client, "beside")).isEqualTo("beside");
            }
            assertThatThrownBy(() -> slow.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThat(forward(tunnel).outcomes()).containsEntry(ConnectionOutcome.CLIENT_REFUSED, 1L);
        }
    }

    @Test
    void socketsOfThisProcessGoWhereTheyAreToldTo() throws Exception {
        try (Target echo = Target.tcp(Targets.echo());
                UnreachableAddress nobody = UnreachableAddress.refusing();
                ManagedTunnel tunnel = open()) {
            try (Socket socket = tunnel.socketFactory("dynamic").createSocket("localhost", echo.port())) {
                assertThat(TunnelFixture.echo(socket, "in-process")).isEqualTo("in-process");
            }
            try (Socket socket = tunnel.socketFactory("dynamic").createSocket()) {
                assertThatThrownBy(() -> socket.connect(new InetSocketAddress(nobody.host(), nobody.port())))
                        .isInstanceOf(ConnectException.class)
                        .hasMessageContaining("did not reach " + nobody.host() + ":" + nobody.port());
            }
        }
    }

    private static TunnelStatus.Forwarded forward(ManagedTunnel tunnel) {
        return tunnel.status().forwards().get(0);
    }

    private static Socket client(ManagedTunnel tunnel) throws IOException {
        Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, tunnel.address()));
        socket.setSoTimeout((int) SOON.toMillis());
        return socket;
    }

    /** Its exit code, and what it wrote. */
    private static String curl(ManagedTunnel tunnel, String option, String url) throws Exception {
        Process curl = start(tunnel, option, url);
        curl.getOutputStream().close();
        String output = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return curl.waitFor() + " " + output;
    }

    private static Process start(ManagedTunnel tunnel, String option, String url) throws IOException {
        Requires.command("curl", "curl");
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "--noproxy", "", "--max-time", "60"));
        command.addAll(List.of(option, "127.0.0.1:" + tunnel.address().getPort(), url));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
