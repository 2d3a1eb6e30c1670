package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.MinaServer.Moment;
import dev.managedtunnel.testing.NoLeaks;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A start through a jump host that gets stuck, is given up or broken off, in each phase of each hop. */
@ExtendWith(NoLeaks.class)
class JumpHostsUnderWayIT {
    private static final Duration DEADLINE = Duration.ofSeconds(3);

    private final MinaServer edge = MinaServer.usual();
    private final MinaServer inside = MinaServer.usual();
    private final Rig rig = new Rig();

    @AfterEach
    void tearDown() {
        rig.close();
        edge.close();
        inside.close();
    }

    private LinkStart start() {
        rig.way = gateway -> gateway.via(Rig.jumpHost(edge));
        return rig.start(rig.spec(inside).connectTimeout(DEADLINE).build());
    }

    private void hang(String hop, Moment moment) {
        (hop.equals("edge") ? edge : inside).hangAt(moment);
    }

    private void nothingIsLeft() {
        Awaitility.await().atMost(Rig.SOON).until(() -> edge.sessionCount() == 0 && inside.sessionCount() == 0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "edge; BANNER; no SSH server at jump host EDGE; sent no SSH banner within 3 s; NOT_SSH",
                "edge; KEX; cannot exchange keys with jump host EDGE; not done within 3 s; KEX_FAILED",
                "edge; AUTH; cannot log in to jump host EDGE; not done within 3 s; CONNECT_TIMEOUT",
                "edge; CHANNEL_OPEN; cannot connect to INSIDE via EDGE; jump host EDGE is asked to connect to PLACE: "
                        + "no answer within 3 s; CONNECT_TIMEOUT",
                "inside; BANNER; no SSH server at INSIDE via EDGE; sent no SSH banner within 3 s; NOT_SSH",
                "inside; KEX; cannot exchange keys with INSIDE via EDGE; not done within 3 s; KEX_FAILED",
                "inside; AUTH; cannot log in to INSIDE via EDGE; not done within 3 s; CONNECT_TIMEOUT"
            })
    void oneDeadlineForAllSaysInWhichHopAndPhaseItWasStuck(
            String hop, Moment moment, String begin, String end, FailureReason reason) {
        hang(hop, moment);
        LinkStart start = start();
        rig.scheduler.schedule(DEADLINE, () -> start.timeOut(DEADLINE));
        TunnelException failure = Rig.failure(start);
        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure.detail()).startsWith(named(begin) + " (start 1, ").endsWith(named(end));
        nothingIsLeft();
    }

    private String named(String text) {
        return text.replace("EDGE", Rig.gateway(edge).toString())
                .replace("INSIDE", Rig.gateway(inside).toString())
                .replace("PLACE", inside.host() + ":" + inside.port());
    }

    @ParameterizedTest
    @CsvSource({
        "edge, BANNER",
        "edge, KEX",
        "edge, AUTH",
        "edge, CHANNEL_OPEN",
        "inside, BANNER",
        "inside, KEX",
        "inside, AUTH"
    })
    void cancelledInAnyPhaseOfAnyHopItLeavesNothing(String hop, Moment moment) {
        hang(hop, moment);
        LinkStart start = start();
        boolean outer = hop.equals("edge");
        Awaitility.await().until(() -> (outer ? edge : inside).sessionCount() == 1);
        start.cancel();
        TunnelException failure = Rig.failure(start);
        assertThat(failure.reason()).isEqualTo(FailureReason.CLOSED);
        assertThat(failure).hasMessageStartingWith("stopped connecting to " + named("INSIDE via EDGE"));
        nothingIsLeft();
    }

    @Test
    void whoeverComesFirstWinsAndTheLoserIsUndone() {
        for (int millis = 0; millis < 200; millis += 10) {
            LinkStart start = start();
            rig.scheduler.schedule(Duration.ofMillis(millis), start::cancel);
            try {
                Rig.await(start).cut(Rig.closing());
            } catch (TunnelException cancelled) {
                assertThat(cancelled.reason()).isEqualTo(FailureReason.CLOSED);
            }
        }
        nothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource({"edge, CHANNEL_OPEN", "inside, BANNER", "inside, KEX", "inside, AUTH"})
    void aJumpHostLostOnTheWayIsToldAtOnce(String hop, Moment moment) {
        hang(hop, moment);
        LinkStart start = start();
        Awaitility.await()
                .until(() -> hop.equals("edge")
                        ? edge.relay().bytes(dev.managedtunnel.testing.FaultRelay.Direction.TO_CLIENT) > 2000
                        : inside.sessionCount() == 1);
        edge.disconnectAll(11, "maintenance");
        TunnelException failure = Rig.failure(start);
        assertThat(failure.reason()).isEqualTo(FailureReason.DISCONNECTED);
        assertThat(failure.detail())
                .contains(named(" INSIDE via EDGE (start 1, "))
                .contains(named("lost the session to jump host EDGE (start 1, up "))
                .endsWith("the server disconnected: 'maintenance' (code 11)");
        nothingIsLeft();
    }
}
