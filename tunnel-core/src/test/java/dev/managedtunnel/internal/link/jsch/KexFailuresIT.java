package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.testing.FaultRelay.Direction;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.MinaServer.Moment;
import dev.managedtunnel.testing.NoLeaks;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What fails between the banner and the accepted login, apart from what is wrong with keys. */
@ExtendWith(NoLeaks.class)
class KexFailuresIT {
    private static final Duration DEADLINE = Duration.ofMillis(1500);

    private final MinaServer server = MinaServer.usual();
    private final Rig rig = new Rig();

    @AfterEach
    void tearDown() {
        rig.close();
        server.close();
    }

    private TunnelException fails() {
        return rig.failure(rig.spec(server));
    }

    private TunnelException timesOut() {
        LinkStart start = rig.start(rig.spec(server).build());
        rig.scheduler.schedule(DEADLINE, () -> start.timeOut(DEADLINE));
        return Rig.failure(start);
    }

    @Test
    void aServerThatHangsDuringTheKeyExchange() {
        server.hangAt(Moment.KEX);
        TunnelException failure = timesOut();
        assertThat(failure.reason()).isEqualTo(FailureReason.KEX_FAILED);
        assertThat(Rig.text(failure))
                .isEqualTo("cannot exchange keys with tunnel@HOST:PORT (start 1, T): not done within 1.5 s; check the "
                        + "gateway's log; a proxy or firewall may cut SSH [KEX_FAILED]");
    }

    @Test
    void aServerThatHangsUpDuringTheKeyExchange() {
        server.cutAt(Moment.KEX);
        TunnelException failure = fails();
        assertThat(failure.reason()).isEqualTo(FailureReason.KEX_FAILED);
        assertThat(Rig.text(failure))
                .startsWith("cannot exchange keys with tunnel@HOST:PORT (start 1, T): ")
                .containsAnyOf("closed by the peer;", "Connection reset;");
    }

    @Test
    void aServerThatDisconnectsDuringTheKeyExchange() {
        server.disconnectAt(Moment.KEX, 12, "too many connections");
        TunnelException failure = fails();
        assertThat(failure.reason()).isEqualTo(FailureReason.DISCONNECTED);
        assertThat(Rig.text(failure))
                .isEqualTo(
                        "cannot exchange keys with tunnel@HOST:PORT (start 1, T): the server disconnected: 'too many "
                                + "connections' (code 12); read the gateway's text and its log [DISCONNECTED]");
    }

    @Test
    void noAlgorithmInCommon() {
        try (MinaServer old = MinaServer.builder().ciphers("3des-cbc").start()) {
            TunnelException failure = rig.failure(rig.spec(old));
            assertThat(failure.reason()).isEqualTo(FailureReason.NO_COMMON_ALGORITHM);
            assertThat(Rig.text(failure))
                    .startsWith("cannot exchange keys with tunnel@HOST:PORT (start 1, T): no common ciphers: it "
                            + "offers 3des-cbc; we offer ")
                    .contains("aes128-gcm@openssh.com")
                    .endsWith("; update the server, or allow one of the algorithms it offers [NO_COMMON_ALGORITHM]");
        }
    }

    @Test
    void aServerThatHangsDuringTheLogin() {
        server.hangAt(Moment.AUTH);
        TunnelException failure = timesOut();
        assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_TIMEOUT);
        assertThat(Rig.text(failure))
                .isEqualTo("cannot log in to tunnel@HOST:PORT (start 1, T): not done within 1.5 s; check the route and "
                        + "firewalls to the gateway, or raise connectTimeout [CONNECT_TIMEOUT]");
    }

    @Test
    void aConnectionThatBreaksDuringTheLoginIsNoVerdict() {
        server.cutAt(Moment.AUTH);
        TunnelException failure = fails();
        assertThat(failure.reason()).isEqualTo(FailureReason.CONNECTION_LOST);
        assertThat(Rig.text(failure))
                .startsWith("cannot log in to tunnel@HOST:PORT (start 1, T): ")
                .containsAnyOf("closed by the peer;", "Connection reset;")
                .endsWith("[CONNECTION_LOST]");
    }

    @Test
    void aServerThatDisconnectsDuringTheLogin() {
        server.disconnectAt(Moment.AUTH, 11, "going down");
        TunnelException failure = fails();
        assertThat(failure.reason()).isEqualTo(FailureReason.DISCONNECTED);
        assertThat(Rig.text(failure))
                .startsWith("cannot log in to tunnel@HOST:PORT (start 1, T): the server disconnected: 'going down' "
                        + "(code 11);");
    }

    @Test
    void tooManyAuthenticationFailuresAreARejection() {
        server.disconnectAt(Moment.AUTH, 2, "Too many authentication failures");
        TunnelException failure = fails();
        assertThat(failure.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
        assertThat(Rig.text(failure))
                .startsWith("cannot log in to tunnel@HOST:PORT (start 1, T): the server disconnected: 'Too many "
                        + "authentication failures' (code 2);");
    }

    @Test
    void aServerThatDripsIsHeldToTheDeadline() {
        server.relay().drip(Direction.TO_CLIENT, Duration.ofMillis(20));
        long begun = System.nanoTime();
        TunnelException failure = timesOut();
        assertThat(failure.reason()).isEqualTo(FailureReason.KEX_FAILED);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(DEADLINE.plusSeconds(2));
    }

    @ParameterizedTest
    @EnumSource(names = {"BANNER", "KEX", "AUTH"})
    void cancelledInAnyPhaseItLeavesNothing(Moment moment) {
        server.hangAt(moment);
        LinkStart start = rig.start(rig.spec(server).build());
        org.awaitility.Awaitility.await().until(() -> server.sessionCount() == 1);
        start.cancel();
        assertThat(Rig.failure(start).reason()).isEqualTo(FailureReason.CLOSED);
        org.awaitility.Awaitility.await().until(() -> server.sessionCount() == 0);
    }

    @Test
    void whoeverComesFirstWinsAndTheLoserIsUndone() {
        for (int millis = 0; millis < 120; millis += 6) {
            LinkStart start = rig.start(rig.spec(server).build());
            rig.scheduler.schedule(Duration.ofMillis(millis), start::cancel);
            try {
                Rig.await(start).cut(Rig.closing());
            } catch (TunnelException cancelled) {
                assertThat(cancelled.reason()).isEqualTo(FailureReason.CLOSED);
            }
        }
        org.awaitility.Awaitility.await().atMost(Rig.SOON).until(() -> server.sessionCount() == 0);
    }
}
