package dev.managedtunnel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelDirectTCPIP;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The embedded server as a fixture, with its odd behaviour. */
class MinaServerTest extends SshServerFixtureContract {

    @Override
    SshServer startServer() {
        return MinaServer.usual();
    }

    @ParameterizedTest
    @ValueSource(strings = {"password", "keyboard-interactive"})
    void takesThePasswordByBothMethods(String method) throws Exception {
        try (MinaServer server = MinaServer.usual()) {
            String password = server.password().orElseThrow();
            PlainJsch.login(server, password, method).close();
            server.password("changed");
            assertThatThrownBy(() -> PlainJsch.login(server, password, method)).hasMessageContaining("Auth");
            PlainJsch.login(server, "changed", method).close();
        }
    }

    @Test
    void offersOnlyTheMethodsItIsToldTo() throws Exception {
        try (MinaServer server =
                MinaServer.builder().authMethods("keyboard-interactive").start()) {
            String password = server.password().orElseThrow();
            assertThatThrownBy(() -> PlainJsch.login(server)).hasMessageContaining("Auth");
            assertThatThrownBy(() -> PlainJsch.login(server, password, "password"))
                    .hasMessageContaining("Auth");
            PlainJsch.login(server, password, "keyboard-interactive").close();
        }
    }

    @Test
    void offersOnlyTheAlgorithmsItIsToldTo() throws Exception {
        try (MinaServer server = MinaServer.builder()
                .ciphers("aes128-ctr")
                .macs("hmac-sha2-256")
                .keyExchanges("ecdh-sha2-nistp256")
                .signatures("ecdsa-sha2-nistp256", "ssh-ed25519")
                .start()) {
            PlainJsch.login(server).close();
        }
        try (MinaServer server = MinaServer.builder().ciphers("3des-cbc").start()) {
            assertThatThrownBy(() -> PlainJsch.login(server)).hasMessageContaining("Algorithm negotiation fail");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BANNER", "KEX", "AUTH"})
    void hangsDuringTheStartOfASession(MinaServer.Moment moment) throws Exception {
        try (MinaServer server = MinaServer.usual()) {
            server.hangAt(moment);
            try (Socket socket = new Socket(server.host(), server.port())) {
                socket.setSoTimeout((int) SILENCE.toMillis());
                if (moment == MinaServer.Moment.BANNER) {
                    assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
                } else {
                    assertThat(new String(socket.getInputStream().readNBytes(4), StandardCharsets.US_ASCII))
                            .isEqualTo("SSH-");
                }
            }
            assertThatThrownBy(() -> PlainJsch.login(server, server.privateKey(), null, (int) SILENCE.toMillis()))
                    .hasMessageMatching("(?s).*(timeout|timed out).*");
            server.behave();
            PlainJsch.login(server).close();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BANNER", "KEX", "AUTH"})
    void cutsDuringTheStartOfASession(MinaServer.Moment moment) throws Exception {
        try (MinaServer server = MinaServer.usual()) {
            server.cutAt(moment);
            assertThatThrownBy(() -> PlainJsch.login(server)).isInstanceOf(JSchException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"KEX", "AUTH"})
    void disconnectsWithCodeAndTextDuringTheStartOfASession(MinaServer.Moment moment) throws Exception {
        try (MinaServer server = MinaServer.usual()) {
            server.disconnectAt(moment, 12, "too many of you");
            assertThatThrownBy(() -> PlainJsch.login(server))
                    .hasMessageContaining("12")
                    .hasMessageContaining("too many of you");
        }
    }

    @Test
    void disconnectsEstablishedSessionsWithAnyCode() throws Exception {
        try (MinaServer server = MinaServer.usual();
                PlainJsch client = PlainJsch.login(server)) {
            server.disconnectAll(2, "maintenance");
            client.awaitLost(SOON);
            PlainJsch.login(server).close();
        }
    }

    @Test
    void refusesTargetsWithTheReasonItIsTold() throws Exception {
        try (MinaServer server = MinaServer.usual();
                Target target = Target.tcp(Targets.echo());
                PlainJsch client = PlainJsch.login(server)) {
            server.refuseTargets(4, "out of sockets");
            Channel refused = directTcpip(client.session(), target);
            assertThatThrownBy(() -> refused.connect(5000)).isInstanceOf(JSchException.class);
            assertThat(refused.getExitStatus()).isEqualTo(4);
            server.behave();
            Channel served = directTcpip(client.session(), target);
            served.connect(5000);
            served.disconnect();
        }
    }

    @Test
    void leavesAChannelOpenUnansweredWhileTheSessionGoesOn() throws Exception {
        try (MinaServer server = MinaServer.usual();
                Target target = Target.tcp(Targets.echo());
                PlainJsch client = PlainJsch.login(server)) {
            server.hangAt(MinaServer.Moment.CHANNEL_OPEN);
            Channel unanswered = directTcpip(client.session(), target);
            assertThatThrownBy(() -> unanswered.connect((int) SILENCE.toMillis()))
                    .isInstanceOf(JSchException.class);
            assertThat(unanswered.getExitStatus()).isEqualTo(-1);
            server.behave();
            Channel served = directTcpip(client.session(), target);
            served.connect(5000);
            served.disconnect();
        }
    }

    private static Channel directTcpip(Session session, Target target) throws JSchException {
        ChannelDirectTCPIP channel = (ChannelDirectTCPIP) session.openChannel("direct-tcpip");
        channel.setHost(target.host());
        channel.setPort(target.port());
        return channel;
    }
}
