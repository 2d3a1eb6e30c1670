package dev.managedtunnel.internal.supervise;

import static dev.managedtunnel.TunnelState.BACKING_OFF;
import static dev.managedtunnel.TunnelState.CLOSED;
import static dev.managedtunnel.TunnelState.CONNECTING;
import static dev.managedtunnel.TunnelState.DEGRADED;
import static dev.managedtunnel.TunnelState.FAILED;
import static dev.managedtunnel.TunnelState.UP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.internal.supervise.SimulatedLinks.FakeLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SupervisorTest extends SupervisorRig {
    SupervisorTest() {
        super(1);
    }

    @Test
    void connectsAndIsUp() {
        supervise(calm());
        assertThat(seen.state).isEqualTo(CONNECTING);
        links.last().succeed();
        assertThat(seen.state).isEqualTo(UP);
        assertThat(seen.moves).containsExactly("CONNECTING>UP");
    }

    @Test
    void aSingleLossHealsAtOnceAfterTheSpacing() {
        Supervisor tunnel = supervise(calm());
        FakeLink link = links.last().succeed();
        time.advance(Duration.ofSeconds(30));
        link.lose(FailureReason.CONNECTION_LOST);
        assertThat(seen.state).isEqualTo(BACKING_OFF);
        assertThat(tunnel.nextStart()).isEqualTo(time.now());
        time.advance(TICK);
        assertThat(links.starts).hasSize(2);
    }

    @Test
    void theDelayGrowsOverAStreakUpToTheCapAndTheFirstRetryIsImmediate() {
        supervise(calm().minSpacing(Duration.ZERO).jitter(0));
        List<Duration> delays = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            links.last().fail(FailureReason.CONNECT_REFUSED);
            delays.add(untilNextStart());
        }
        assertThat(delays).containsExactly(millis(0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000));
    }

    @Test
    void aSessionLostBeforeItProvedItselfContinuesTheStreak() {
        supervise(calm().minSpacing(Duration.ZERO).jitter(0).provenAfter(Duration.ofSeconds(10)));
        List<Duration> delays = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            FakeLink link = links.last().succeed();
            time.advance(Duration.ofMillis(9_999));
            link.lose(FailureReason.CONNECTION_LOST);
            delays.add(untilNextStart());
        }
        assertThat(delays).containsExactly(millis(0, 500, 1000, 2000));
    }

    @Test
    void aProvenSessionEndsTheStreak() {
        supervise(calm().minSpacing(Duration.ZERO).jitter(0).provenAfter(Duration.ofSeconds(10)));
        for (int i = 0; i < 5; i++) {
            links.last().fail(FailureReason.CONNECT_REFUSED);
            untilNextStart();
        }
        FakeLink link = links.last().succeed();
        time.advance(Duration.ofSeconds(10));
        link.lose(FailureReason.CONNECTION_LOST);
        assertThat(untilNextStart()).isZero();
        links.last().fail(FailureReason.CONNECT_REFUSED);
        assertThat(untilNextStart()).isZero();
        links.last().fail(FailureReason.CONNECT_REFUSED);
        assertThat(untilNextStart()).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void timeSpentConnectingProvesNothing() {
        supervise(calm().minSpacing(Duration.ZERO).jitter(0).provenAfter(Duration.ofSeconds(10)));
        for (int i = 0; i < 2; i++) {
            time.advance(Duration.ofSeconds(14));
            links.last().fail(FailureReason.CONNECT_TIMEOUT);
            untilNextStart();
        }
        links.last().fail(FailureReason.CONNECT_TIMEOUT);
        assertThat(untilNextStart()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void startsAreSpacedWhateverAsksForThem() {
        Supervisor tunnel = supervise(calm().minSpacing(Duration.ofSeconds(60)));
        FakeLink link = links.last().succeed();
        time.advance(Duration.ofSeconds(20));
        link.lose(FailureReason.CONNECTION_LOST);
        tunnel.restart();
        time.advance(Duration.ofMillis(39_999));
        assertThat(links.starts).hasSize(1);
        time.advance(TICK);
        assertThat(links.starts).hasSize(2);
    }

    @Test
    void reconnectNowLeavesTheBackoffAndPassesTheSpacing() {
        Supervisor tunnel = supervise(calm().minSpacing(Duration.ofSeconds(60)));
        links.last().fail(FailureReason.CONNECT_REFUSED);
        assertThat(links.starts).hasSize(1);
        tunnel.reconnectNow();
        time.advance(Duration.ZERO);
        assertThat(links.starts).hasSize(2);
        assertThat(seen.state).isEqualTo(CONNECTING);
    }

    @Test
    void reconnectNowDoesNothingWhileConnectingOrUp() {
        Supervisor tunnel = supervise(calm());
        tunnel.reconnectNow();
        links.last().succeed();
        tunnel.reconnectNow();
        time.advance(Duration.ofMinutes(5));
        assertThat(links.starts).hasSize(1);
        assertThat(seen.state).isEqualTo(UP);
    }

    @Test
    void aChangedNetworkHasSessionsCheckedAndEndsNothing() {
        Supervisor tunnel = supervise(calm());
        FakeLink link = links.last().succeed();
        tunnel.networkChanged();
        assertThat(link.checks).isEqualTo(1);
        assertThat(seen.state).isEqualTo(UP);
        time.advance(Duration.ofHours(1));
        assertThat(links.starts).hasSize(1);
    }

    @Test
    void aChangedNetworkEndsTheBackoffAsSoonAsTheSpacingAllows() {
        Supervisor tunnel = supervise(calm().minSpacing(Duration.ofSeconds(5)).jitter(0));
        for (int i = 0; i < 9; i++) {
            links.last().fail(FailureReason.UNREACHABLE);
            untilNextStart();
        }
        links.last().fail(FailureReason.UNREACHABLE);
        time.advance(Duration.ofSeconds(2));
        tunnel.networkChanged();
        time.advance(Duration.ofSeconds(3).minus(TICK));
        assertThat(links.starts).hasSize(10);
        time.advance(TICK);
        assertThat(links.starts).hasSize(11);
        tunnel.networkChanged();
        assertThat(links.starts).hasSize(11);
    }

    @Test
    void aPermanentFailureEndsATunnelThatHasNeverBeenUp() {
        supervise(calm());
        links.last().fail(FailureReason.AUTH_REJECTED);
        assertThat(seen.state).isEqualTo(FAILED);
        assertThat(seen.lastCause.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
        time.advance(Duration.ofDays(1));
        assertThat(links.starts).hasSize(1);
    }

    @Test
    void aPermanentFailureIsRetriedFromTheStartWhenAskedTo() {
        supervise(calm().failFast(false).jitter(0));
        links.last().fail(FailureReason.AUTH_REJECTED);
        assertThat(untilNextStart()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void aPermanentFailureIsRetriedAtTheCapOnceTheTunnelHasBeenUp() {
        supervise(calm().jitter(0));
        FakeLink link = links.last().succeed();
        time.advance(Duration.ofMinutes(1));
        link.lose(FailureReason.CONNECTION_LOST);
        untilNextStart();
        links.last().fail(FailureReason.HOST_KEY_CHANGED);
        assertThat(untilNextStart()).isEqualTo(Duration.ofSeconds(30));
        links.last().succeed();
        assertThat(seen.state).isEqualTo(UP);
    }

    @Test
    void aPermanentFailureEndsATunnelThatHasBeenUpWhenAskedTo() {
        supervise(calm().retryPermanentOnceUp(false));
        FakeLink link = links.last().succeed();
        time.advance(Duration.ofMinutes(1));
        link.lose(FailureReason.CONNECTION_LOST);
        untilNextStart();
        links.last().fail(FailureReason.AUTH_REJECTED);
        assertThat(seen.state).isEqualTo(FAILED);
    }

    @Test
    void withAGateTimeTheFirstStartMustSucceed() {
        supervise(calm().gateTime(Duration.ofSeconds(30)));
        links.last().fail(FailureReason.CONNECT_REFUSED);
        assertThat(seen.state).isEqualTo(FAILED);
    }

    @Test
    void withAGateTimeAFirstSessionLostWithinItEndsTheTunnel() {
        supervise(calm().gateTime(Duration.ofSeconds(30)));
        FakeLink link = links.last().succeed();
        time.advance(Duration.ofMillis(29_999));
        link.lose(FailureReason.CONNECTION_LOST);
        assertThat(seen.state).isEqualTo(FAILED);
        assertThat(seen.lastCause.reason()).isEqualTo(FailureReason.CONNECTION_LOST);
    }

    @Test
    void withAGateTimeOnceEstablishedFailuresAreRetried() {
        supervise(calm().gateTime(Duration.ofSeconds(30)));
        FakeLink link = links.last().succeed();
        time.advance(Duration.ofSeconds(30));
        link.lose(FailureReason.CONNECTION_LOST);
        untilNextStart();
        links.last().fail(FailureReason.CONNECT_REFUSED);
        assertThat(seen.state).isEqualTo(BACKING_OFF);
    }

    @Test
    void givesUpAfterMaxStarts() {
        supervise(calm().maxStarts(3));
        links.last().fail(FailureReason.CONNECT_REFUSED);
        untilNextStart();
        links.last().succeed().lose(FailureReason.CONNECTION_LOST);
        untilNextStart();
        links.last().fail(FailureReason.CONNECT_TIMEOUT);
        assertThat(seen.state).isEqualTo(FAILED);
        assertThat(seen.moves).last().isEqualTo("CONNECTING>FAILED");
        assertThat(links.starts).hasSize(3);
    }

    @Test
    void aStartThatHangsIsEndedAtItsDeadline() {
        supervise(calm());
        time.advance(CONNECT_TIMEOUT.minus(TICK));
        assertThat(seen.startFailures).isZero();
        time.advance(TICK);
        assertThat(seen.startFailures).isEqualTo(1);
        assertThat(links.starts).as("an immediate retry").hasSize(2);
        assertThat(seen.lastFailure.reason()).isEqualTo(FailureReason.CONNECT_TIMEOUT);
    }

    @Test
    void aStartBeginsWhenItsTurnComesAndItsDeadlineCountsFromThere() {
        StartTurns.Turn other = turns.ask(() -> {});
        Supervisor tunnel = supervise(calm());
        time.advance(CONNECT_TIMEOUT.multipliedBy(100));
        assertThat(links.starts).isEmpty();
        assertThat(seen.startFailures).isZero();
        assertThat(seen.state).isEqualTo(CONNECTING);
        assertThat(tunnel.isWaitingForTurn()).isTrue();
        other.end();
        assertThat(links.starts).hasSize(1);
        assertThat(tunnel.isWaitingForTurn()).isFalse();
        time.advance(CONNECT_TIMEOUT.minus(TICK));
        assertThat(seen.startFailures).isZero();
        time.advance(TICK);
        assertThat(seen.startFailures).isEqualTo(1);
    }

    @Test
    void startsThatWaitedForTheirTurnAreSpacedFromWhereTheyBegan() {
        supervise(calm().minSpacing(Duration.ofSeconds(60)));
        links.last().fail(FailureReason.CONNECT_REFUSED);
        StartTurns.Turn other = turns.ask(() -> {});
        time.advance(Duration.ofSeconds(100));
        assertThat(links.starts).as("waits").hasSize(1);
        other.end();
        assertThat(links.starts).as("its turn").hasSize(2);
        links.last().fail(FailureReason.CONNECT_REFUSED);
        time.advance(Duration.ofSeconds(60).minus(TICK));
        assertThat(links.starts).hasSize(2);
        time.advance(TICK);
        assertThat(links.starts).hasSize(3);
    }

    @Test
    void aTurnThatComesWithinTheSpacingIsPassedOn() {
        StartTurns.Turn other = turns.ask(() -> {});
        supervise(2, calm().minSpacing(Duration.ofSeconds(5)), A);
        other.end();
        links.last().succeed();
        assertThat(turns.isIdle()).as("nobody has it who may not begin").isTrue();
        time.advance(Duration.ofSeconds(5).minus(TICK));
        assertThat(links.starts).hasSize(1);
        time.advance(TICK);
        assertThat(links.starts).hasSize(2);
    }

    @Test
    void aStartWhoseTurnComesWhenAllAreUsedUpEndsItsSlot() {
        supervise(2, calm().minSpacing(Duration.ZERO).maxStarts(1), A);
        FakeLink first = links.last().succeed();
        assertThat(links.starts).hasSize(1);
        assertThat(turns.isIdle()).isTrue();
        assertThat(seen.state).isEqualTo(DEGRADED);
        first.lose(FailureReason.CONNECTION_LOST);
        assertThat(seen.state).isEqualTo(FAILED);
    }

    @Test
    void aTurnEndsWithItsStartAndNotWithItsSession() {
        supervise(calm());
        List<String> began = new ArrayList<>();
        StartTurns.Turn other = turns.ask(() -> began.add("other"));
        assertThat(began).isEmpty();
        links.last().succeed();
        assertThat(began).hasSize(1);
        other.end();
        assertThat(turns.isIdle()).isTrue();
    }

    @Test
    void aStartThatFailsLetsTheNextBegin() {
        supervise(calm());
        List<String> began = new ArrayList<>();
        StartTurns.Turn other = turns.ask(() -> began.add("other"));
        links.last().fail(FailureReason.CONNECT_REFUSED);
        assertThat(began).hasSize(1);
        other.end();
    }

    @Test
    void closeWhileWaitingForATurnLeavesTheLine() {
        StartTurns.Turn first = turns.ask(() -> {});
        Supervisor tunnel = supervise(calm());
        List<String> began = new ArrayList<>();
        StartTurns.Turn third = turns.ask(() -> began.add("third"));
        assertThat(tunnel.close()).isCompleted();
        first.end();
        assertThat(began).hasSize(1);
        assertThat(links.starts).isEmpty();
        third.end();
    }

    @Test
    void nothingHurriesAStartThatWaitsForItsTurn() {
        StartTurns.Turn other = turns.ask(() -> {});
        Supervisor tunnel = supervise(calm());
        tunnel.reconnectNow();
        tunnel.restart();
        time.advance(Duration.ofHours(1));
        assertThat(links.starts).isEmpty();
        other.end();
        assertThat(links.starts).hasSize(1);
    }

    @Test
    void closeWhileConnectingCancelsTheStart() {
        Supervisor tunnel = supervise(calm());
        assertThat(tunnel.close()).isCompleted();
        assertThat(links.last().isOver()).isTrue();
        assertThat(seen.state).isEqualTo(CLOSED);
        assertThat(seen.startFailures).as("a cancelled start is no failure").isZero();
    }

    @Test
    void closeWhileUpCutsTheSessionAndReportsNoLoss() {
        Supervisor tunnel = supervise(calm());
        FakeLink link = links.last().succeed();
        assertThat(tunnel.close()).isCompleted();
        assertThat(link.isLost()).isTrue();
        assertThat(seen.lastLoss).isNull();
    }

    @Test
    void closeWhileBackingOffEndsTheWait() {
        Supervisor tunnel = supervise(calm());
        links.last().fail(FailureReason.CONNECT_REFUSED);
        tunnel.close();
        time.advance(Duration.ofDays(1));
        assertThat(links.starts).hasSize(1);
        assertThat(seen.moves).containsExactly("CONNECTING>BACKING_OFF", "BACKING_OFF>CLOSED");
    }

    @Test
    void afterCloseNothingStartsAnything() {
        Supervisor tunnel = supervise(calm());
        tunnel.close();
        tunnel.close();
        tunnel.start();
        tunnel.restart();
        tunnel.reconnectNow();
        time.advance(Duration.ofDays(1));
        assertThat(links.starts).hasSize(1);
        assertThat(seen.state).isEqualTo(CLOSED);
    }

    @Test
    void aFailedTunnelCanOnlyBeClosed() {
        Supervisor tunnel = supervise(calm());
        links.last().fail(FailureReason.AUTH_REJECTED);
        tunnel.restart();
        tunnel.reconnectNow();
        time.advance(Duration.ofDays(1));
        assertThat(links.starts).hasSize(1);
        tunnel.close();
        assertThat(seen.moves).containsExactly("CONNECTING>FAILED", "FAILED>CLOSED");
    }

    @Test
    void jitterStaysWithinItsShareOfTheCap() {
        supervise(calm().minSpacing(Duration.ZERO).jitter(0.5).backoff(Duration.ofSeconds(1), Duration.ofSeconds(10)));
        links.last().fail(FailureReason.CONNECT_REFUSED);
        untilNextStart();
        for (int i = 0; i < 200; i++) {
            links.last().fail(FailureReason.CONNECT_REFUSED);
            Duration delay = untilNextStart();
            if (i > 4) {
                assertThat(delay).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(15));
            }
        }
    }

    private static Duration[] millis(long... values) {
        return Arrays.stream(values).mapToObj(Duration::ofMillis).toArray(Duration[]::new);
    }
}
