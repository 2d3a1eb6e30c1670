package dev.managedtunnel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Namespaces are made, cut off, healed and removed. */
@ExtendWith(NoLeaks.class)
class NetNsIT {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int SILENCE_MILLIS = 150;

    @Test
    void anSshSessionSurvivesDroppedPackets() throws Exception {
        try (NetNs netNs = NetNs.create();
                OpenSshServer server = OpenSshServer.builder().in(netNs).start();
                Target target = Target.tcp(InetAddress.getByName(netNs.hostAddress()), Targets.echo());
                PlainJsch client = PlainJsch.login(server)) {
            int port = client.forward(target.host(), target.port());
            assertThat(PlainJsch.echoes(port, "before", SOON)).isTrue();
            netNs.cable().drop();
            assertThat(PlainJsch.echoes(port, "during", Duration.ofMillis(SILENCE_MILLIS)))
                    .isFalse();
            netNs.cable().heal();
            assertThat(PlainJsch.echoes(port, "after", SOON)).isTrue();
        }
    }

    @Test
    void oneDirectionCanBeDropped() throws Exception {
        try (NetNs netNs = NetNs.create();
                TargetProcess target = TargetProcess.in(netNs, "echo");
                Socket client = new Socket(target.host(), target.port())) {
            client.setSoTimeout(SILENCE_MILLIS);
            netNs.cable().dropToOutside();
            client.getOutputStream().write('x');
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            netNs.cable().heal();
            client.setSoTimeout((int) SOON.toMillis());
            assertThat(client.getInputStream().read()).isEqualTo('x');
        }
    }

    @Test
    void anUnpluggedNamespaceDoesNotAnswerUntilItIsPluggedIn() throws Exception {
        try (NetNs netNs = NetNs.create()) {
            netNs.cable().unplug();
            assertThatThrownBy(() -> connectAndClose(netNs.address(), 300)).isInstanceOf(SocketTimeoutException.class);
            netNs.cable().plug();
            assertThatThrownBy(() -> connectAndClose(netNs.address(), (int) SOON.toMillis()))
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void aNamespaceWithoutRouteIsUnreachableAtOnce() throws Exception {
        try (NetNs netNs = NetNs.create()) {
            netNs.cable().unroute();
            assertThatThrownBy(() -> connectAndClose(netNs.address(), (int) SOON.toMillis()))
                    .isInstanceOf(NoRouteToHostException.class)
                    .hasMessageContaining("No route to host");
            netNs.cable().route();
            assertThatThrownBy(() -> connectAndClose(netNs.address(), (int) SOON.toMillis()))
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void nothingRemainsAfterClose() {
        NetNs netNs = NetNs.create();
        String name = netNs.name();
        assertThat(Exec.run("ip", "netns", "list")).containsPattern("\\b" + name + "\\b");
        netNs.close();
        netNs.close();
        assertThat(Exec.run("ip", "netns", "list")).doesNotContainPattern("\\b" + name + "\\b");
        assertThat(Exec.run("ip", "-o", "addr", "show")).doesNotContain(netNs.hostAddress() + "/");
    }

    private static void connectAndClose(String host, int timeoutMillis) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, 9), timeoutMillis);
        }
    }
}
