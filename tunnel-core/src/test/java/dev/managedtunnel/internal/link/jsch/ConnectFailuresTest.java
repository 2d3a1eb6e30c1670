package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.UnreachableAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All that fails before keys are exchanged. */
@ExtendWith(NoLeaks.class)
class ConnectFailuresTest {
    private static final Duration DEADLINE = Duration.ofMillis(1500);

    private final Rig rig = new Rig();

    @AfterEach
    void tearDown() {
        rig.close();
    }

    private TunnelException fails(String host, int port) {
        return rig.failure(rig.spec(host, port, "deploy"));
    }

    private TunnelException fails(Target.Behaviour peer) {
        try (Target target = Target.tcp(peer)) {
            return fails(target.host(), target.port());
        }
    }

    /** Starts a session that gets stuck, lets the deadline pass and expects the failure at once. */
    private TunnelException timesOut(String host, int port) {
        LinkStart start = rig.start(
                rig.spec(host, port, "deploy").connectTimeout(DEADLINE).build());
        rig.scheduler.schedule(DEADLINE, () -> start.timeOut(DEADLINE));
        return Rig.failure(start);
    }

    @Test
    void aNameWithoutAddress() {
        TunnelException failure = fails("no-such-host.invalid", 22);
        assertThat(failure.reason()).isEqualTo(FailureReason.UNKNOWN_HOST);
        assertThat(Rig.text(failure))
                .startsWith("cannot connect to deploy@no-such-host.invalid:22 (start 1, T): "
                        + "no address found for no-such-host.invalid")
                .endsWith("; check the gateway's name and this machine's name service [UNKNOWN_HOST]");
        assertThat(failure).hasRootCauseInstanceOf(UnknownHostException.class);
    }

    @Test
    void aNameServiceThatDoesNotAnswer() {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        rig.resolver = host -> {
            asked.countDown();
            Awaitility.await().until(() -> release.getCount() == 0);
            return new InetAddress[] {InetAddress.getLoopbackAddress()};
        };
        TunnelException failure = timesOut("bastion", 22);
        assertThat(asked.getCount()).isZero();
        release.countDown();
        assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_TIMEOUT);
        assertThat(Rig.text(failure))
                .isEqualTo("cannot connect to deploy@bastion:22 (start 1, T): the name service gave no answer for "
                        + "bastion within 1.5 s; check the route and firewalls to the gateway, or raise connectTimeout "
                        + "[CONNECT_TIMEOUT]");
    }

    @Test
    void aPortWhereNobodyListens() {
        try (UnreachableAddress nobody = UnreachableAddress.refusing()) {
            TunnelException failure = fails(nobody.host(), nobody.port());
            assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_REFUSED);
            assertThat(Rig.text(failure))
                    .isEqualTo("cannot connect to deploy@HOST:PORT (start 1, T): Connection refused; check that the "
                            + "SSH server runs and listens on that port [CONNECT_REFUSED]");
        }
    }

    @Test
    void aPortThatDoesNotAnswer() {
        try (UnreachableAddress hole = UnreachableAddress.blackHole()) {
            TunnelException failure = timesOut(hole.host(), hole.port());
            assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_TIMEOUT);
            assertThat(Rig.text(failure))
                    .isEqualTo("cannot connect to deploy@HOST:PORT (start 1, T): no answer within 1.5 s; check the "
                            + "route and firewalls to the gateway, or raise connectTimeout [CONNECT_TIMEOUT]");
        }
    }

    @Test
    void aNetworkWithoutRoute() {
        rig.resolver = host -> new InetAddress[] {InetAddress.getByName("255.255.255.255")};
        TunnelException failure = fails("bastion", 22);
        assertThat(failure.reason()).isEqualTo(FailureReason.UNREACHABLE);
        assertThat(Rig.text(failure))
                .startsWith("cannot connect to deploy@bastion:22 (start 1, T): ")
                .endsWith("; check the network and the route to the gateway [UNREACHABLE]");
    }

    @Test
    void theNextAddressOfANameIsTriedWhenOneFails() {
        try (MinaServer server = MinaServer.usual();
                UnreachableAddress hole = UnreachableAddress.blackHole()) {
            rig.resolver = host ->
                    new InetAddress[] {InetAddress.getByName("127.0.0.2"), InetAddress.getByName(server.host())};
            assertThat(rig.connect(server)).isNotNull();
        }
    }

    @Test
    void anAddressThatDoesNotAnswerLeavesTimeForTheNext() {
        try (UnreachableAddress hole = UnreachableAddress.blackHole()) {
            rig.resolver = host -> new InetAddress[] {hole.address().getAddress(), InetAddress.getByName("127.0.0.2")};
            TunnelException failure =
                    rig.failure(rig.spec("bastion", hole.port(), "deploy").connectTimeout(DEADLINE));
            assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_TIMEOUT);
            assertThat(Rig.text(failure)).contains("Connect timed out");
            assertThat(failure.getCause().getCause().getSuppressed())
                    .singleElement()
                    .asString()
                    .contains("refused");
        }
    }

    private TunnelException failsFrom(String address) throws Exception {
        Gateway gateway = Gateway.parse("deploy@bastion").bindAddress(InetAddress.getByName(address));
        rig.resolver = host -> new InetAddress[] {InetAddress.getByName("127.0.0.2")};
        return rig.failure(rig.spec("bastion", 22, "deploy").build().toBuilder().gateway(gateway));
    }

    @Test
    void aBindAddressThatThisMachineDoesNotHave() throws Exception {
        TunnelException failure = failsFrom("192.0.2.7");
        assertThat(failure.reason()).isEqualTo(FailureReason.UNREACHABLE);
        assertThat(Rig.text(failure))
                .startsWith("cannot connect to deploy@bastion:22 from 192.0.2.7 (start 1, T): can't bind 192.0.2.7, is "
                        + "it an address of this machine? ");
    }

    @Test
    void aBindAddressOfAnotherKindThanTheGateways() throws Exception {
        TunnelException failure = failsFrom("::1");
        assertThat(failure.reason()).isEqualTo(FailureReason.UNREACHABLE);
        assertThat(Rig.text(failure))
                .contains("no address of bastion is of the kind of the bind address 0:0:0:0:0:0:0:1, but 127.0.0.2;");
    }

    @Test
    void aServerThatAcceptsAndSaysNothing() {
        try (Target silent = Target.tcp(Targets.silent())) {
            TunnelException failure = timesOut(silent.host(), silent.port());
            assertThat(failure.reason()).isEqualTo(FailureReason.NOT_SSH);
            assertThat(Rig.text(failure))
                    .isEqualTo("no SSH server at deploy@HOST:PORT (start 1, T): it accepted the connection but sent no "
                            + "SSH banner within 1.5 s; check that host and port are those of an SSH server [NOT_SSH]");
        }
    }

    @Test
    void aWebServer() {
        TunnelException failure = fails(Targets.answerAndClose("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"));
        assertThat(failure.reason()).isEqualTo(FailureReason.NOT_SSH);
        assertThat(Rig.text(failure))
                .isEqualTo("no SSH server at deploy@HOST:PORT (start 1, T): it sent no SSH banner, but "
                        + "'HTTP/1.1 400 Bad Request Server: x'; check that host and port are those of an SSH server "
                        + "[NOT_SSH]");
    }

    @Test
    void aServerThatHangsUpAtOnce() {
        for (int i = 0; i < 40; i++) {
            // Some of the resets are there before the connect has returned.
            TunnelException failure = fails(i % 2 == 0 ? Targets.answerAndClose("") : Targets.resetAtOnce());
            assertThat(failure.reason()).isEqualTo(FailureReason.NOT_SSH);
            assertThat(Rig.text(failure))
                    .contains("it accepted the connection and ended it without an SSH banner; check that");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Exceeded MaxStartups", "Not allowed at this time"})
    void anSshServerThatTurnsUsAwayIsQuoted(String text) {
        TunnelException failure = fails(Targets.answerAndClose(text + "\r\n"));
        assertThat(failure.reason()).isEqualTo(FailureReason.DISCONNECTED);
        assertThat(Rig.text(failure))
                .isEqualTo("turned away by deploy@HOST:PORT (start 1, T): '" + text
                        + "'; read the gateway's text and its log [DISCONNECTED]");
    }

    @Test
    void controlCharactersOfAPeerReachNoText() {
        assertThat(fails(Targets.answerAndClose("\u001b[2Jhello\u0007\r\nERROR forged line\r\n")))
                .hasMessageContaining("'[2Jhello ERROR forged line'");
    }

    @Test
    void aServerThatDripsItsBannerIsHeldToTheDeadline() {
        try (MinaServer server = MinaServer.usual()) {
            server.relay().drip(dev.managedtunnel.testing.FaultRelay.Direction.TO_CLIENT, Duration.ofMillis(200));
            TunnelException failure = timesOut(server.host(), server.port());
            assertThat(failure.reason()).isEqualTo(FailureReason.NOT_SSH);
            assertThat(Rig.text(failure)).contains("sent no SSH banner within 1.5 s, but 'SSH-");
        }
    }

    @Test
    void aCancelledStartFailsAtOnceAndSaysSo() {
        try (Target silent = Target.tcp(Targets.silent())) {
            LinkStart start =
                    rig.start(rig.spec(silent.host(), silent.port(), "deploy").build());
            silent.awaitOpen(1, Rig.SOON);
            start.cancel();
            TunnelException failure = Rig.failure(start);
            assertThat(failure.reason()).isEqualTo(FailureReason.CLOSED);
            assertThat(Rig.text(failure))
                    .isEqualTo("stopped connecting to deploy@HOST:PORT (start 1, T): cancelled; this was asked for by "
                            + "the application [CLOSED]");
        }
    }

    @Test
    void eachStartHasItsNumberInTheText() {
        try (UnreachableAddress nobody = UnreachableAddress.refusing()) {
            fails(nobody.host(), nobody.port());
            assertThat(fails(nobody.host(), nobody.port())).hasMessageContaining("(start 2, ");
        }
    }
}
