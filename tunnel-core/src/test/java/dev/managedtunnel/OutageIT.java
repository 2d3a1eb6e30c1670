package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.EchoLoad.Attempt;
import dev.managedtunnel.EchoLoad.Result;
import dev.managedtunnel.testing.NoLeaks;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What an application sees of the faults that the figures in {@code docs/performance.md} are about: an sshd in a network
 * namespace breaks while a connection is opened every 20 ms.
 *
 * <p>The promise is that none is refused and none is accepted and then broken, except those whose channel the gateway had
 * confirmed before the fault. The two are told apart by time, and the tunnel's counters have to agree:
 *
 * <ul>
 *   <li>A connection opened after the fault had taken full effect can't have been confirmed before it, so it has to be
 *       served. There is no exception, and "opened" is the moment before {@code connect}, so that one which the system
 *       accepted for the tunnel earlier does not slip through. Where the fault lets the gateway confirm channels again
 *       (the 0.4 s without packets), these too have to be served.
 *   <li>A connection opened before that moment may be broken, since it may have been confirmed: the application can't
 *       know. But then the tunnel must have known that it was established, and have counted it as {@code BROKEN}; the
 *       application may not see more of them than the tunnel counts. (It may see fewer: a connection that has its line
 *       and is being closed when its session dies is served for the application and broken for the tunnel.) One that
 *       was not confirmed yet has no such excuse; were it not parked again but ended, the counters would differ.
 *   <li>No connection may end in another way: parking neither overflows nor expires.
 * </ul>
 *
 * <p>While the target is down the target itself refuses, which parking can't hide: those have to be the only failures,
 * end with the target's return, and leave the session alone.
 */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
@Timeout(90)
class OutageIT {
    private static final Duration SOON = Duration.ofSeconds(15);

    private static OutageLab lab;

    @BeforeAll
    static void makeLab() throws Exception {
        lab = OutageLab.create();
    }

    @AfterAll
    static void closeLab() {
        if (lab != null) {
            lab.close();
        }
    }

    @AfterEach
    void letStoppedSessionsGoOn() {
        lab.server().unfreeze();
    }

    @Test
    void aKilledSessionCostsNoNewConnection() {
        survives(Fault.SESSION_KILLED, Set.of(FailureReason.CONNECTION_LOST, FailureReason.DISCONNECTED));
    }

    @Test
    void aServerGoneForThreeSecondsCostsNoNewConnection() {
        survives(Fault.SERVER_GONE, Set.of(FailureReason.CONNECTION_LOST, FailureReason.DISCONNECTED));
    }

    @Test
    void eightSecondsWithoutPacketsCostNoNewConnection() {
        survives(Fault.LONG_DROP, Set.of(FailureReason.KEEPALIVE_TIMEOUT));
    }

    @Test
    void aStoppedSessionIsNoticedAndCostsNoNewConnection() {
        survives(Fault.SESSION_STOPPED, Set.of(FailureReason.KEEPALIVE_TIMEOUT));
    }

    @Test
    void fourHundredMillisecondsWithoutPacketsBreakNothing() {
        Seen seen = suffer(Fault.SHORT_DROP);
        assertThat(seen.status.starts()).as("session starts").isEqualTo(1);
        assertThat(seen.status.losses().values()).as("sessions lost").allMatch(count -> count == 0);
        assertThat(seen.outage.count(Result.SERVED))
                .as("served, and all of them")
                .isEqualTo(seen.outage.attempts().size());
        assertOutcomes(seen, EnumSet.of(ConnectionOutcome.SERVED));
    }

    @Test
    void aTargetThatIsDownCostsOnlyTheConnectionsItRefuses() {
        Seen seen = suffer(Fault.TARGET_DOWN);
        Outage outage = seen.outage;
        assertThat(seen.status.starts()).as("session starts").isEqualTo(1);
        assertThat(seen.status.losses().values()).as("sessions lost").allMatch(count -> count == 0);
        assertThat(outage.refused()).as("refused").isEmpty();
        assertThat(outage.attempts())
                .filteredOn(attempt -> attempt.openedAt() > outage.over())
                .as("opened after the target's return")
                .isNotEmpty()
                .allMatch(attempt -> attempt.result() == Result.SERVED);
        List<Attempt> failed = outage.failedSinceApplied();
        assertThat(failed).as("failed while the target was down").isNotEmpty();
        long refusedByTarget = seen.outcomes().get(ConnectionOutcome.TARGET_REFUSED);
        // the target also ends what it had accepted before, which the tunnel rightly passes on
        assertThat(refusedByTarget)
                .as("refused by the target, of which the application saw all")
                .isBetween(
                        (long) failed.size(),
                        (long) failed.size() + outage.brokenFromBefore().size());
        assertOutcomes(seen, EnumSet.of(ConnectionOutcome.SERVED, ConnectionOutcome.TARGET_REFUSED));
    }

    private static void survives(Fault fault, Set<FailureReason> reasons) {
        Seen seen = suffer(fault);
        Outage outage = seen.outage;
        assertThat(outage.refused()).as("refused").isEmpty();
        assertThat(outage.failedSinceApplied())
                .as("opened during the fault or after, and not served")
                .isEmpty();
        assertThat(outage.brokenFromBefore())
                .as("broken although the tunnel had not established them")
                .hasSizeLessThanOrEqualTo(Math.toIntExact(seen.outcomes().get(ConnectionOutcome.BROKEN)));
        assertOutcomes(seen, EnumSet.of(ConnectionOutcome.SERVED, ConnectionOutcome.BROKEN));
        assertThat(outage.recovery()).as("time to recovery").isLessThan(SOON);
        assertThat(seen.status.losses().entrySet())
                .filteredOn(loss -> loss.getValue() > 0)
                .as("sessions lost, one and for the right reason")
                .singleElement()
                .satisfies(loss -> {
                    assertThat(loss.getKey()).isIn(reasons);
                    assertThat(loss.getValue()).isEqualTo(1);
                });
        assertThat(seen.status.starts()).as("session starts").isGreaterThanOrEqualTo(2);
    }

    private static Seen suffer(Fault fault) {
        try (ManagedTunnel tunnel = lab.spec(lab.echo(fault)).build().open()) {
            Outage outage = Outage.of(fault, lab, tunnel.address());
            await().atMost(SOON).until(() -> tunnel.status().activeConnections() == 0);
            assertThat(tunnel.state()).isEqualTo(TunnelState.UP);
            assertThat(tunnel.status().totalConnections())
                    .as("every connection accounted for")
                    .isEqualTo(outage.attempts().size());
            return new Seen(outage, tunnel.status());
        }
    }

    private static void assertOutcomes(Seen seen, Set<ConnectionOutcome> possible) {
        assertThat(seen.outcomes()).allSatisfy((outcome, count) -> {
            if (!possible.contains(outcome)) {
                assertThat(count).as("%s", outcome).isZero();
            }
        });
    }

    /** What the application saw, and what the tunnel has counted. */
    private record Seen(Outage outage, TunnelStatus status) {
        Map<ConnectionOutcome, Long> outcomes() {
            return status.forwards().get(0).outcomes();
        }
    }
}
