package dev.managedtunnel.internal.supervise;

import static dev.managedtunnel.TunnelState.BACKING_OFF;
import static dev.managedtunnel.TunnelState.CONNECTING;
import static dev.managedtunnel.TunnelState.DEGRADED;
import static dev.managedtunnel.TunnelState.FAILED;
import static dev.managedtunnel.TunnelState.UP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.internal.supervise.SimulatedLinks.FakeLink;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Several sessions at once. */
class RedundancyTest extends SupervisorRig {
    private static final Duration SPACING = Duration.ofSeconds(1);

    RedundancyTest() {
        super(8);
    }

    @Test
    void isDegradedUntilAllSessionsAreUp() {
        supervise(3, calm(), A);
        links.last().succeed();
        assertThat(seen.state).isEqualTo(DEGRADED);
        nextStart().succeed();
        assertThat(seen.state).isEqualTo(DEGRADED);
        nextStart().succeed();
        assertThat(seen.state).isEqualTo(UP);
        assertThat(seen.moves).containsExactly("CONNECTING>DEGRADED", "DEGRADED>UP");
        assertThat(seen.serving).hasSize(3);
        time.advance(Duration.ofDays(1));
        assertThat(links.starts).hasSize(3);
    }

    @Test
    void theirStartsAreSpacedAmongThemselves() {
        supervise(3, calm().minSpacing(SPACING), A);
        assertThat(links.starts).hasSize(1);
        time.advance(SPACING.minus(TICK));
        assertThat(links.starts).hasSize(1);
        time.advance(TICK);
        assertThat(links.starts).hasSize(2);
        time.advance(SPACING);
        assertThat(links.starts).hasSize(3);
    }

    @Test
    void eachHealsOnItsOwnWithAStreakOfItsOwn() {
        supervise(2, calm().jitter(0).minSpacing(Duration.ZERO), A);
        FakeLink steady = links.starts.get(0).succeed();
        for (long delay : new long[] {0, 500, 1000, 2000, 4000}) {
            links.last().fail(FailureReason.CONNECT_REFUSED);
            assertThat(seen.state).isEqualTo(DEGRADED);
            assertThat(Duration.between(time.now(), supervisor.nextStart())).isEqualTo(Duration.ofMillis(delay));
            nextStart();
        }
        steady.lose(FailureReason.CONNECTION_LOST);
        assertThat(Duration.between(time.now(), supervisor.nextStart()))
                .as("the other one's first retry")
                .isZero();
    }

    @Test
    void aLostSessionIsNoOutageWhileAnotherServes() {
        supervise(2, calm(), A);
        FakeLink first = links.last().succeed();
        FakeLink second = nextStart().succeed();
        time.advance(Duration.ofMinutes(1));
        first.lose(FailureReason.CONNECTION_LOST);
        assertThat(seen.state).isEqualTo(DEGRADED);
        assertThat(seen.lastCause.reason()).isEqualTo(FailureReason.CONNECTION_LOST);
        assertThat(seen.serving).containsExactly(second);
        nextStart().succeed();
        assertThat(seen.state).isEqualTo(UP);
        assertThat(seen.outages).isEmpty();
    }

    @Test
    void theLossOfTheLastOneIsAnOutageUntilTheFirstIsBack() {
        supervise(2, calm(), A);
        FakeLink first = links.last().succeed();
        FakeLink second = nextStart().succeed();
        time.advance(Duration.ofMinutes(1));
        first.lose(FailureReason.CONNECTION_LOST);
        second.lose(FailureReason.CONNECTION_LOST);
        assertThat(seen.state).isEqualTo(BACKING_OFF);
        nextStart();
        assertThat(seen.state).isEqualTo(CONNECTING);
        time.advance(Duration.ofSeconds(3));
        links.starts.get(2).succeed();
        assertThat(seen.state).isEqualTo(DEGRADED);
        assertThat(seen.outages)
                .singleElement()
                .satisfies(outage -> assertThat(outage).isBetween(Duration.ofSeconds(3), Duration.ofMillis(3001)));
        links.last().succeed();
        assertThat(seen.state).isEqualTo(UP);
        assertThat(seen.outages).hasSize(1);
    }

    @Test
    void goesOverDifferentGatewaysWhereThereAreSeveral() {
        supervise(3, calm(), A, B);
        links.last().succeed();
        nextStart().succeed();
        nextStart().succeed();
        assertThat(links.starts).extracting(start -> start.gateway).containsExactly(A, B, A);
    }

    @Test
    void reconnectNowHurriesThoseThatWaitForTheSpacingToo() {
        Supervisor tunnel = supervise(3, calm().minSpacing(Duration.ofMinutes(1)), A);
        assertThat(links.starts).hasSize(1);
        tunnel.reconnectNow();
        time.advance(Duration.ZERO);
        assertThat(links.starts).hasSize(3);
    }

    @Test
    void aPermanentFailureEndsATunnelThatHasNeverBeenUpWhenAllHaveMetIt() {
        supervise(2, calm(), A);
        links.last().fail(FailureReason.AUTH_REJECTED);
        assertThat(seen.state).isEqualTo(CONNECTING);
        nextStart().fail(FailureReason.AUTH_REJECTED);
        assertThat(seen.state).isEqualTo(FAILED);
        time.advance(Duration.ofDays(1));
        assertThat(links.starts).hasSize(2);
    }

    @Test
    void aSlotThatGivesUpLeavesTheOthersServing() {
        supervise(2, calm().retryPermanentOnceUp(false), A);
        FakeLink first = links.last().succeed();
        nextStart().fail(FailureReason.AUTH_REJECTED);
        time.advance(Duration.ofDays(1));
        assertThat(links.starts).hasSize(2);
        assertThat(seen.state).isEqualTo(DEGRADED);
        first.lose(FailureReason.CONNECTION_LOST);
        nextStart().fail(FailureReason.AUTH_REJECTED);
        assertThat(seen.state).isEqualTo(FAILED);
    }

    @Test
    void allSharesTheStartsOfMaxStarts() {
        supervise(2, calm().maxStarts(3).minSpacing(Duration.ZERO), A);
        FakeLink first = links.last().succeed();
        links.starts.get(1).fail(FailureReason.CONNECT_REFUSED);
        nextStart().fail(FailureReason.CONNECT_REFUSED);
        time.advance(Duration.ofDays(1));
        assertThat(links.starts).hasSize(3);
        assertThat(seen.state).isEqualTo(DEGRADED);
        first.lose(FailureReason.CONNECTION_LOST);
        assertThat(seen.state).isEqualTo(FAILED);
        assertThat(seen.lastCause.reason()).isEqualTo(FailureReason.CONNECTION_LOST);
    }

    @Test
    void withAGateTimeOneSessionEstablishesTheTunnel() {
        supervise(2, calm().gateTime(Duration.ofSeconds(30)), A);
        links.last().succeed();
        nextStart().fail(FailureReason.CONNECT_REFUSED);
        assertThat(seen.state).isEqualTo(DEGRADED);
    }

    @Test
    void closeEndsAllOfThem() {
        Supervisor tunnel = supervise(4, calm(), A);
        FakeLink up = links.last().succeed();
        nextStart().fail(FailureReason.CONNECT_REFUSED);
        nextStart();
        assertThat(tunnel.close()).isCompleted();
        assertThat(up.isLost()).isTrue();
        assertThat(links.open + links.starting).isZero();
        assertThat(tunnel.close()).isCompleted();
    }

    @Test
    void aSlotThatGivesUpLeavesTheTunnelDegraded() {
        supervise(2, calm().maxStarts(2), A);
        links.last().succeed();
        FakeLink second = nextStart().succeed();
        assertThat(seen.state).isEqualTo(UP);
        second.lose(FailureReason.KEEPALIVE_TIMEOUT);
        assertThat(seen.state).isEqualTo(DEGRADED);
        assertThat(seen.lastCause).isSameAs(seen.lastLoss);
    }
}
