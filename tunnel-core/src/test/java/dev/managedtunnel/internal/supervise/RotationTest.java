package dev.managedtunnel.internal.supervise;

import static dev.managedtunnel.TunnelState.BACKING_OFF;
import static dev.managedtunnel.TunnelState.CLOSED;
import static dev.managedtunnel.TunnelState.UP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.internal.supervise.SimulatedLinks.FakeLink;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The planned replacement of sessions. */
class RotationTest extends SupervisorRig {
    private static final Duration DRAIN = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofMinutes(10);

    RotationTest() {
        super(8);
    }

    @Test
    void restartStartsTheNewSessionFirstThenSwitchesThenDrainsTheOldOne() {
        Supervisor tunnel = supervise(calm());
        FakeLink old = links.last().succeed();
        time.advance(LONG);
        tunnel.restart();
        assertThat(links.starts).hasSize(2);
        assertThat(seen.serving).containsExactly(old);
        FakeLink by = links.last().succeed();
        assertThat(seen.serving).containsExactly(by);
        assertThat(seen.retired).containsOnlyKeys(old);
        assertThat(old.isLost()).isFalse();
        seen.retired.get(old).complete(null);
        assertThat(old.isLost()).as("ended as soon as it has no connection").isTrue();
        assertThat(seen.retired).isEmpty();
        assertThat(seen.moves).as("it was up all the time").containsExactly("CONNECTING>UP");
        assertThat(seen.lastLoss).isNull();
        assertThat(seen.outages).isEmpty();
    }

    @Test
    void anOldSessionThatKeepsItsConnectionsIsEndedWhenItsTimeIsUp() {
        Supervisor tunnel = supervise(calm().drain(DRAIN));
        FakeLink old = links.last().succeed();
        time.advance(LONG);
        tunnel.restart();
        links.last().succeed();
        time.advance(DRAIN.minus(TICK));
        assertThat(old.isLost()).isFalse();
        time.advance(TICK);
        assertThat(old.isLost()).isTrue();
        assertThat(seen.retired).isEmpty();
    }

    @Test
    void anOldSessionThatIsLostMeanwhileIsNoLoss() {
        Supervisor tunnel = supervise(calm());
        FakeLink old = links.last().succeed();
        time.advance(LONG);
        tunnel.restart();
        links.last().succeed();
        old.lose(FailureReason.CONNECTION_LOST);
        assertThat(seen.retired).isEmpty();
        assertThat(seen.lastLoss).isNull();
        assertThat(seen.state).isEqualTo(UP);
    }

    @Test
    void theNewSessionIsStartedAtTheSpacing() {
        Supervisor tunnel = supervise(calm().minSpacing(Duration.ofSeconds(60)));
        links.last().succeed();
        time.advance(Duration.ofSeconds(20));
        tunnel.restart();
        time.advance(Duration.ofSeconds(40).minus(TICK));
        assertThat(links.starts).hasSize(1);
        time.advance(TICK);
        assertThat(links.starts).hasSize(2);
    }

    @Test
    void aNewSessionThatCanNotBeStartedLeavesTheOldOneAndIsTriedAgainOnTheBackoff() {
        Supervisor tunnel = supervise(calm().jitter(0).minSpacing(Duration.ofMillis(1)));
        FakeLink old = links.last().succeed();
        time.advance(LONG);
        tunnel.restart();
        for (long delay : new long[] {1, 500, 1000, 2000}) {
            links.last().fail(FailureReason.CONNECT_REFUSED);
            assertThat(seen.state).isEqualTo(UP);
            int before = links.starts.size();
            time.advance(Duration.ofMillis(delay).minus(TICK));
            assertThat(links.starts).hasSize(before);
            time.advance(TICK);
            assertThat(links.starts).hasSize(before + 1);
        }
        assertThat(old.isLost()).isFalse();
        FakeLink by = links.last().succeed();
        assertThat(seen.serving).containsExactly(by);
    }

    @Test
    void whenTheOldSessionIsLostFirstItHealsAndTheNewOneIsUsedIfThatComesFirst() {
        Supervisor tunnel = supervise(calm().minSpacing(Duration.ofSeconds(5)));
        FakeLink old = links.last().succeed();
        time.advance(LONG);
        tunnel.restart();
        old.lose(FailureReason.CONNECTION_LOST);
        assertThat(seen.state).isEqualTo(BACKING_OFF);
        FakeLink by = links.last().succeed();
        time.advance(Duration.ZERO);
        assertThat(seen.state).isEqualTo(UP);
        assertThat(seen.serving).containsExactly(by);
        time.advance(LONG);
        assertThat(links.starts).hasSize(2);
    }

    @Test
    void aNewSessionThatComesWhenTheSlotConnectsAnywayIsNotNeeded() {
        Supervisor tunnel = supervise(calm());
        FakeLink old = links.last().succeed();
        time.advance(LONG);
        tunnel.restart();
        SimulatedLinks.Start rotation = links.last();
        old.lose(FailureReason.CONNECTION_LOST);
        SimulatedLinks.Start healing = nextStart();
        FakeLink late = rotation.succeed();
        assertThat(late.isLost()).isTrue();
        FakeLink by = healing.succeed();
        assertThat(seen.serving).containsExactly(by);
    }

    @Test
    void restartReplacesOneAfterTheOtherSoThatThereIsNeverMoreThanOneSessionTooMany() {
        Supervisor tunnel = supervise(3, calm().drain(DRAIN), A);
        links.last().succeed();
        nextStart().succeed();
        nextStart().succeed();
        time.advance(LONG);
        tunnel.restart();
        for (int i = 0; i < 3; i++) {
            assertThat(links.starts).hasSize(4 + i);
            links.last().succeed();
            assertThat(links.open).isEqualTo(4);
            time.advance(DRAIN);
            assertThat(links.open + links.starting).isLessThanOrEqualTo(4);
        }
        time.advance(LONG);
        assertThat(links.starts).hasSize(6);
        assertThat(links.open).isEqualTo(3);
    }

    @Test
    void anOldSessionIsReplacedBeforeItIsOlderThanAllowed() {
        Duration most = Duration.ofMinutes(1);
        supervise(calm().maxSessionAge(most).drain(Duration.ZERO));
        links.last().succeed();
        for (int i = 0; i < 50; i++) {
            long began = time.nanoTime();
            nextStart(most);
            assertThat(Duration.ofNanos(time.nanoTime() - began)).isBetween(Duration.ofSeconds(54), most);
            links.last().succeed();
            time.advance(Duration.ZERO);
            assertThat(links.open).isEqualTo(1);
        }
        assertThat(seen.moves).containsExactly("CONNECTING>UP");
    }

    @Test
    void restartEndsTheBackoffOfWhatIsDownAtTheSpacing() {
        Supervisor tunnel = supervise(calm());
        for (int i = 0; i < 8; i++) {
            links.last().fail(FailureReason.CONNECT_REFUSED);
            untilNextStart();
        }
        links.last().fail(FailureReason.CONNECT_REFUSED);
        time.advance(Duration.ofSeconds(2));
        tunnel.restart();
        time.advance(Duration.ZERO);
        assertThat(links.starts).hasSize(10);
    }

    @Test
    void whenTheStartsAreUsedUpNothingIsReplaced() {
        Supervisor tunnel = supervise(calm().maxStarts(1));
        FakeLink only = links.last().succeed();
        tunnel.restart();
        time.advance(LONG);
        assertThat(links.starts).hasSize(1);
        assertThat(only.isLost()).isFalse();
    }

    @Test
    void aSessionThatProvedItselfAndWasReplacedSeparatesTwoFailures() {
        Supervisor tunnel = supervise(1, calm().drain(Duration.ZERO), A, B);
        links.last().fail(FailureReason.CONNECT_REFUSED);
        nextStart().succeed();
        time.advance(Duration.ofHours(1));
        tunnel.restart();
        FakeLink by = links.last().succeed();
        time.advance(Duration.ofSeconds(9));
        by.lose(FailureReason.CONNECTION_LOST);
        assertThat(Duration.between(time.now(), tunnel.nextStart()))
                .as("the first failure of a new streak")
                .isZero();
        assertThat(nextStart().gateway)
                .as("a first failure is no reason to leave")
                .isEqualTo(A);
    }

    @Test
    void closeEndsTheNewSessionThatIsBeingStarted() {
        Supervisor tunnel = supervise(calm());
        links.last().succeed();
        time.advance(LONG);
        tunnel.restart();
        links.last().racesCancel = true;
        assertThat(tunnel.close()).isCompleted();
        assertThat(links.open + links.starting).isZero();
        assertThat(seen.state).isEqualTo(CLOSED);
    }

    @Test
    void closeEndsTheOldSessionThatIsBeingDrained() {
        Supervisor tunnel = supervise(calm());
        FakeLink old = links.last().succeed();
        time.advance(LONG);
        tunnel.restart();
        links.last().succeed();
        assertThat(tunnel.close()).isCompleted();
        assertThat(old.isLost()).isTrue();
    }

    @Test
    void aRestartThatIsAskedForAgainWaitsForNoBackoff() {
        Supervisor tunnel = supervise(calm().backoff(Duration.ofSeconds(10), Duration.ofMinutes(1)));
        links.last().succeed();
        time.advance(LONG);
        tunnel.restart();
        links.last().fail(FailureReason.CONNECT_REFUSED);
        time.advance(Duration.ofSeconds(1));
        assertThat(links.starts).hasSize(3);
        tunnel.restart();
        links.last().fail(FailureReason.CONNECT_REFUSED);
        time.advance(Duration.ofSeconds(1));
        assertThat(links.starts).hasSize(4);
    }

    @Test
    void theOldestSessionIsReplacedFirst() {
        supervise(2, calm().maxSessionAge(Duration.ofHours(1)), A);
        FakeLink first = links.last().succeed();
        FakeLink second = nextStart().succeed();
        time.advance(Duration.ofMinutes(30));
        first.lose(FailureReason.CONNECTION_LOST);
        FakeLink healed = nextStart().succeed();
        time.advance(Duration.ofMinutes(31));
        FakeLink by = links.last().succeed();
        assertThat(seen.retired).containsOnlyKeys(second);
        assertThat(seen.serving).containsExactlyInAnyOrder(healed, by);
    }

    @Test
    void aReplacementOnItsBackoffHoldsUpNoOther() {
        Supervisor tunnel = supervise(
                2, calm().backoff(Duration.ofSeconds(10), Duration.ofMinutes(1)).jitter(0), A);
        FakeLink first = links.last().succeed();
        FakeLink second = nextStart().succeed();
        time.advance(LONG);
        tunnel.restart();
        links.last().fail(FailureReason.CONNECT_REFUSED);
        time.advance(Duration.ofSeconds(1));
        links.last().fail(FailureReason.CONNECT_REFUSED);
        time.advance(Duration.ofSeconds(1));
        assertThat(links.starts).hasSize(5);
        FakeLink by = links.last().succeed();
        assertThat(seen.serving).containsExactlyInAnyOrder(first, by);
        assertThat(seen.retired).containsOnlyKeys(second);
    }
}
