package dev.managedtunnel.internal.supervise;

import static dev.managedtunnel.TunnelState.FAILED;
import static dev.managedtunnel.TunnelState.UP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.internal.supervise.SimulatedLinks.FakeLink;
import dev.managedtunnel.internal.supervise.SimulatedLinks.Start;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How a tunnel acts on what {@link Failover} decides. */
class GatewaysTest extends SupervisorRig {
    private static final Duration DWELL = Duration.ofMinutes(5);
    /** The dwell varies by a fifth. */
    private static final Duration DWELLED = Duration.ofMinutes(6);

    private static final Duration CHECKS = Duration.ofSeconds(90);

    GatewaysTest() {
        super(8);
    }

    /** Up at the second gateway since the first failed, which had served. */
    private FakeLink movedToB() {
        FakeLink link = links.last().succeed();
        time.advance(Duration.ofHours(1));
        link.lose(FailureReason.CONNECTION_LOST);
        nextStart().fail(FailureReason.CONNECT_REFUSED);
        nextStart().fail(FailureReason.CONNECT_REFUSED);
        Start start = nextStart();
        assertThat(start.gateway).isEqualTo(B);
        return start.succeed();
    }

    /** The session on trial at the first gateway. */
    private FakeLink trial() {
        Start start = nextStart(DWELLED.minus(CHECKS));
        assertThat(start.gateway).isEqualTo(A);
        return start.succeed();
    }

    @Test
    void leavesAfterTwoFailedStartsInARowAndStaysAwayForTheDwell() {
        supervise(1, calm(), A, B);
        FakeLink second = movedToB();
        assertThat(seen.state).isEqualTo(UP);
        assertThat(seen.decisions).containsExactly("LEFT a>b");
        assertThat(seen.reasons.get(0))
                .startsWith("2 failures in a row, the last one: simulated; it is left alone for 5 min");
        int starts = links.starts.size();
        time.advance(DWELL.minus(CHECKS).minus(TICK));
        assertThat(links.starts).hasSize(starts);
        assertThat(second.isLost()).isFalse();
    }

    @Test
    void anIsolatedFailureOrLossNeverMovesIt() {
        supervise(1, calm(), A, B);
        for (int i = 0; i < 50; i++) {
            FakeLink link = links.last().succeed();
            time.advance(Duration.ofMinutes(1));
            link.lose(FailureReason.CONNECTION_LOST);
            nextStart().fail(FailureReason.CONNECT_TIMEOUT);
            nextStart();
        }
        assertThat(links.starts).allMatch(start -> start.gateway.equals(A));
        assertThat(seen.decisions).isEmpty();
    }

    @Test
    void sessionsThatDoNotLastAreFailuresToo() {
        supervise(1, calm(), A, B);
        for (int i = 0; i < 2; i++) {
            FakeLink link = links.last().succeed();
            time.advance(Duration.ofSeconds(9));
            link.lose(FailureReason.CONNECTION_LOST);
            nextStart();
        }
        assertThat(links.last().gateway).isEqualTo(B);
    }

    @Test
    void oneCheckIsToldAsOne() {
        supervise(1, calm(), FailoverPolicy.builder().recoverAfter(1), A, B);
        movedToB();
        nextStart(DWELLED).succeed();
        assertThat(seen.reasons).last().isEqualTo("it is used when it has passed a check");
    }

    @Test
    void goesBackWhenTheBetterOneHasAnsweredAllChecksAndBreaksNothing() {
        supervise(1, calm(), A, B);
        FakeLink second = movedToB();
        FakeLink first = trial();
        assertThat(seen.serving).as("it carries nothing yet").containsExactly(second);
        assertThat(seen.started).as("its start is over").hasSize(3);
        assertThat(first.checks).isEqualTo(1);
        assertThat(first.answerBy).isEqualTo(Duration.ofSeconds(5));
        assertThat(seen.reasons).last().isEqualTo("it is used when it has passed 3 checks in a row, one every 30 s");
        time.advance(CHECKS.minus(TICK));
        assertThat(first.checks).isEqualTo(3);
        assertThat(seen.serving).containsExactly(second);
        time.advance(TICK);
        assertThat(seen.serving).containsExactly(first);
        assertThat(seen.retired).containsOnlyKeys(second);
        assertThat(second.isLost()).isFalse();
        seen.retired.get(second).complete(null);
        assertThat(second.isLost()).isTrue();
        assertThat(seen.decisions).containsExactly("LEFT a>b", "TRYING b>a", "RETURNED b>a");
        assertThat(seen.moves).last().isEqualTo("CONNECTING>UP");
        time.advance(Duration.ofDays(1));
        assertThat(links.starts).as("it stays").hasSize(5);
    }

    @Test
    void aTrialThatIsLostChangesNothingAndIsBegunAgain() {
        supervise(1, calm(), A, B);
        FakeLink second = movedToB();
        FakeLink first = trial();
        time.advance(Duration.ofSeconds(45));
        first.lose(FailureReason.KEEPALIVE_TIMEOUT);
        assertThat(seen.serving).containsExactly(second);
        assertThat(seen.decisions).endsWith("RELAPSED b>a");
        assertThat(seen.reasons).last().isEqualTo("it was lost after 1 of 3 checks");
        assertThat(seen.lastLoss.reason()).as("it is no loss").isEqualTo(FailureReason.CONNECTION_LOST);
        Start start = nextStart();
        assertThat(start.gateway).isEqualTo(A);
        start.fail(FailureReason.CONNECT_REFUSED);
        assertThat(seen.serving).containsExactly(second);
        FakeLink again = nextStart().succeed();
        time.advance(CHECKS);
        assertThat(seen.serving).containsExactly(again);
    }

    @Test
    void aTunnelThatMustLeaveTakesTheSessionOnTrialAtOnce() {
        supervise(1, calm(), A, B);
        FakeLink second = movedToB();
        FakeLink first = trial();
        second.lose(FailureReason.CONNECTION_LOST);
        nextStart().fail(FailureReason.CONNECT_REFUSED);
        assertThat(links.last().gateway)
                .as("a single loss is no reason to leave")
                .isEqualTo(B);
        nextStart().fail(FailureReason.CONNECT_REFUSED);
        int starts = links.starts.size();
        time.advance(Duration.ofSeconds(2));
        assertThat(links.starts).hasSize(starts);
        assertThat(seen.serving).containsExactly(first);
        assertThat(seen.state).isEqualTo(UP);
        assertThat(seen.decisions).endsWith("LEFT b>a");
        int checks = first.checks;
        time.advance(CHECKS);
        assertThat(first.checks).as("it is on trial no longer").isEqualTo(checks);
    }

    @Test
    void checksThatComeOftenAreToBeAnsweredBeforeTheNext() {
        supervise(1, calm(), FailoverPolicy.builder().checkEvery(Duration.ofSeconds(4)), A, B);
        movedToB();
        FakeLink first = nextStart(DWELLED).succeed();
        assertThat(first.answerBy).isEqualTo(Duration.ofMillis(3600));
    }

    @Test
    void nothingIsTriedWhileNoSessionServes() {
        supervise(1, calm(), A, B);
        FakeLink second = movedToB();
        time.advance(DWELL.minus(CHECKS).minus(Duration.ofSeconds(1)));
        second.lose(FailureReason.CONNECTION_LOST);
        nextStart();
        int starts = links.starts.size();
        time.advance(Duration.ofSeconds(14));
        assertThat(links.starts).as("but the one that hangs").hasSize(starts);
    }

    @Test
    void aTrialThatIsDueBeforeARotationComesFirst() {
        supervise(1, calm().maxSessionAge(Duration.ofHours(3)), A, B);
        movedToB();
        trial();
        time.advance(CHECKS);
        assertThat(seen.decisions).endsWith("RETURNED b>a");
    }

    @Test
    void aTrialThatHasPassedServesASlotThatIsDown() {
        supervise(1, calm().jitter(0), A, B);
        FakeLink second = movedToB();
        FakeLink first = trial();
        time.advance(CHECKS.minus(Duration.ofSeconds(1)));
        second.lose(FailureReason.CONNECTION_LOST);
        nextStart();
        time.advance(Duration.ofSeconds(2));
        assertThat(seen.serving).as("the slot is connecting").isEmpty();
        links.last().fail(FailureReason.CONNECT_REFUSED);
        time.advance(Duration.ZERO);
        assertThat(seen.serving).containsExactly(first);
        assertThat(seen.decisions).endsWith("RETURNED b>a");
    }

    @Test
    void aTrialThatHasPassedReplacesWhatASlotHasJustGot() {
        supervise(1, calm(), A, B);
        FakeLink second = movedToB();
        FakeLink first = trial();
        time.advance(CHECKS.minus(Duration.ofSeconds(1)));
        second.lose(FailureReason.CONNECTION_LOST);
        nextStart();
        time.advance(Duration.ofSeconds(2));
        FakeLink healed = links.last().succeed();
        assertThat(seen.serving).containsExactly(first);
        assertThat(seen.retired).containsOnlyKeys(healed);
    }

    @Test
    void aTrialThatIsLostWhileItWaitsForItsSlotIsForgotten() {
        supervise(1, calm(), A, B);
        FakeLink second = movedToB();
        FakeLink first = trial();
        time.advance(CHECKS.minus(Duration.ofSeconds(1)));
        second.lose(FailureReason.CONNECTION_LOST);
        nextStart();
        time.advance(Duration.ofSeconds(2));
        first.lose(FailureReason.CONNECTION_LOST);
        FakeLink healed = links.last().succeed();
        assertThat(seen.serving).containsExactly(healed);
        assertThat(seen.reasons).last().isEqualTo("it was lost before it was used");
    }

    @Test
    void isNotMovedByTrialsWhileItsOwnRotationDrains() {
        Supervisor tunnel = supervise(1, calm().drain(Duration.ofHours(1)), A, B);
        movedToB();
        tunnel.restart();
        links.last().succeed();
        nextStart().succeed();
        int starts = links.starts.size();
        time.advance(Duration.ofMinutes(59));
        assertThat(links.starts).as("one session too many is enough").hasSize(starts);
        time.advance(Duration.ofMinutes(2));
        assertThat(links.last().gateway).isEqualTo(A);
    }

    @Test
    void whenOneIsRefusedForGoodTheOthersAreTriedBeforeItGivesUp() {
        supervise(1, calm(), A, B);
        links.last().fail(FailureReason.AUTH_REJECTED);
        Start second = nextStart();
        assertThat(second.gateway).isEqualTo(B);
        second.fail(FailureReason.HOST_KEY_CHANGED);
        assertThat(seen.state).isEqualTo(FAILED);
    }

    @Test
    void withAllGatewaysDownItTriesThemInTurnOnTheBackoff() {
        supervise(1, calm().jitter(0), FailoverPolicy.builder().failAfter(1), A, B, C);
        for (int i = 0; i < 30; i++) {
            links.last().fail(FailureReason.CONNECT_REFUSED);
            untilNextStart();
        }
        assertThat(links.starts.subList(3, 31).stream().map(start -> start.gateway.host()))
                .startsWith("a", "b", "c", "a", "b", "c");
        links.last().fail(FailureReason.CONNECT_REFUSED);
        assertThat(untilNextStart()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void severalSlotsGoToDifferentGatewaysAndCloseUpWhenOneFails() {
        supervise(2, calm(), A, B);
        links.last().succeed();
        FakeLink second = nextStart().succeed();
        time.advance(Duration.ofHours(1));
        second.lose(FailureReason.CONNECTION_LOST);
        nextStart().fail(FailureReason.CONNECT_REFUSED);
        nextStart().fail(FailureReason.CONNECT_REFUSED);
        FakeLink beside = nextStart().succeed();
        assertThat(links.last().gateway).isEqualTo(A);
        Start trial = nextStart(DWELLED.minus(CHECKS));
        assertThat(trial.gateway).isEqualTo(B);
        FakeLink back = trial.succeed();
        time.advance(CHECKS);
        assertThat(seen.serving).hasSize(2).contains(back);
        assertThat(seen.decisions).containsExactly("LEFT b>a", "TRYING a>b", "RETURNED a>b");
        assertThat(beside.isLost()).isFalse();
    }

    private void probesFail(Supervisor tunnel, FakeLink through, int times) {
        for (int i = 0; i < times; i++) {
            tunnel.probed(through, "orders", "SELECT 1 failed");
        }
    }

    @Test
    void probesThatFailMoveASessionThatIsUpWithoutBreakingIt() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        FakeLink first = links.last().succeed();
        CompletableFuture<@Nullable String> probed = new CompletableFuture<>();
        seen.tryOut = session -> probed;
        time.advance(Duration.ofHours(1));
        probesFail(tunnel, first, 1);
        time.advance(Duration.ofHours(1));
        assertThat(links.starts).as("an isolated failure").hasSize(1);
        probesFail(tunnel, first, 1);
        time.advance(Duration.ZERO);
        assertThat(links.last().gateway).isEqualTo(B);
        FakeLink second = links.last().succeed();
        time.advance(Duration.ofSeconds(9));
        assertThat(seen.serving).as("not known to be better yet").containsExactly(first);
        assertThat(second.checks).isEqualTo(1);
        probed.complete(null);
        assertThat(seen.serving).containsExactly(second);
        assertThat(seen.retired).containsOnlyKeys(first);
        assertThat(first.isLost()).isFalse();
        assertThat(seen.decisions).containsExactly("TRYING a>b", "LEFT a>b");
        assertThat(second.answerBy).isEqualTo(Duration.ofSeconds(5));
        assertThat(seen.reasons).first().isEqualTo("probes fail at the other one; it is used if they are well there");
        assertThat(seen.reasons)
                .last()
                .asString()
                .startsWith("2 failures in a row, the last one: SELECT 1 failed; it is left alone for 5 min");
    }

    @Test
    void aProbeThatSucceedsInBetweenMovesNothing() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        FakeLink first = links.last().succeed();
        for (int i = 0; i < 100; i++) {
            probesFail(tunnel, first, 1);
            tunnel.probed(first, "replica", "SELECT 2 failed");
            tunnel.probed(first, "orders", null);
            tunnel.probed(first, "replica", null);
            time.advance(Duration.ofMinutes(1));
        }
        assertThat(links.starts).hasSize(1);
    }

    @Test
    void aProbeThatSucceedsDoesNotHideOneThatFails() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        FakeLink first = links.last().succeed();
        time.advance(Duration.ofHours(1));
        for (int i = 0; i < 2; i++) {
            probesFail(tunnel, first, 1);
            tunnel.probed(first, "replica", null);
        }
        links.last().succeed();
        assertThat(seen.decisions).endsWith("LEFT a>b");
    }

    @Test
    void withOneGatewayProbesThatFailStartNothing() {
        Supervisor tunnel = supervise(2, calm(), A);
        FakeLink first = links.last().succeed();
        FakeLink second = nextStart().succeed();
        for (int i = 0; i < 100; i++) {
            probesFail(tunnel, i % 2 == 0 ? first : second, 5);
            time.advance(Duration.ofMinutes(1));
        }
        assertThat(links.starts).hasSize(2);
        assertThat(seen.decisions).isEmpty();
    }

    @Test
    void probesThatFailEverywhereMoveNothingAndAreSeldomTriedElsewhere() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        FakeLink first = links.last().succeed();
        seen.tryOut = session -> CompletableFuture.completedFuture("SELECT 1 fails there");
        for (int i = 0; i < 24 * 120; i++) {
            probesFail(tunnel, first, 1);
            time.advance(Duration.ofSeconds(30));
            Start last = links.last();
            if (!last.isOver()) {
                last.succeed();
            }
        }
        assertThat(seen.serving).containsExactly(first);
        assertThat(first.isLost()).isFalse();
        assertThat(links.open).isEqualTo(1);
        assertThat(seen.decisions).doesNotContain("LEFT a>b").contains("RELAPSED a>b");
        assertThat(seen.reasons).endsWith("SELECT 1 fails there");
        assertThat(links.starts).as("at most one each dwell, but for the first").hasSizeBetween(200, 24 * 12 + 5);
    }

    @Test
    void gatewaysWhoseProbesFailAsSoonAsTheyAreUsedAreChangedNoMoreOftenThanTheDampingAllows() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        links.last().succeed();
        Duration day = Duration.ofDays(1);
        for (int i = 0; i < day.toSeconds() / 30; i++) {
            if (!seen.serving.isEmpty()) {
                probesFail(tunnel, seen.serving(0), 1);
            }
            time.advance(Duration.ofSeconds(30));
            if (!links.last().isOver()) {
                links.last().succeed();
            }
        }
        long moves =
                seen.decisions.stream().filter(step -> step.startsWith("LEFT")).count();
        // The dwell doubles from 5 min on and settles where it decays as fast as it grows, at about 48 min.
        assertThat(moves).isBetween(10L, 40L);
        assertThat(links.open).isLessThanOrEqualTo(2);
    }

    @Test
    void aRefugeIsNotNeededOnceProbesAreWellAgain() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        FakeLink first = links.last().succeed();
        CompletableFuture<@Nullable String> probed = new CompletableFuture<>();
        seen.tryOut = session -> probed;
        time.advance(Duration.ofHours(1));
        probesFail(tunnel, first, 2);
        FakeLink second = links.last().succeed();
        tunnel.probed(first, "orders", null);
        probed.complete(null);
        time.advance(Duration.ZERO);
        assertThat(second.isLost()).isTrue();
        assertThat(seen.serving).containsExactly(first);
        assertThat(seen.decisions).containsExactly("TRYING a>b");
        probesFail(tunnel, first, 2);
        time.advance(Duration.ofSeconds(29));
        assertThat(links.starts).as("it is left alone for a while").hasSize(2);
        time.advance(Duration.ofSeconds(7));
        assertThat(links.starts).hasSize(3);
    }

    @Test
    void aRefugeThatCanNotBeReachedIsTriedAgain() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        FakeLink first = links.last().succeed();
        time.advance(Duration.ofHours(1));
        probesFail(tunnel, first, 2);
        links.last().fail(FailureReason.CONNECT_REFUSED);
        assertThat(seen.serving).containsExactly(first);
        FakeLink second = nextStart().succeed();
        assertThat(seen.serving).containsExactly(second);
    }

    @Test
    void itGoesBackOnlyToWhereProbesAreWell() {
        supervise(1, calm(), A, B);
        FakeLink second = movedToB();
        seen.tryOut = session -> CompletableFuture.completedFuture("SELECT 1 fails there");
        FakeLink first = trial();
        assertThat(first.isLost()).isTrue();
        assertThat(seen.serving).containsExactly(second);
        assertThat(seen.decisions).endsWith("RELAPSED b>a");
        seen.tryOut = session -> CompletableFuture.completedFuture(null);
        FakeLink again = nextStart().succeed();
        time.advance(CHECKS);
        assertThat(seen.serving).containsExactly(again);
    }

    @Test
    void aBetterGatewayIsNoWorseWhereProbesFailAnyway() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        FakeLink second = movedToB();
        seen.tryOut = session -> CompletableFuture.completedFuture("SELECT 1 fails there");
        probesFail(tunnel, second, 2);
        FakeLink first = trial();
        time.advance(CHECKS);
        assertThat(seen.serving).containsExactly(first);
        assertThat(seen.decisions).endsWith("LEFT b>a");
    }

    @Test
    void aSlotWhoseProbesFailGoesToTheGatewayWithTheFewestOthers() {
        Supervisor tunnel = supervise(2, calm(), A, B, C);
        FakeLink first = links.last().succeed();
        FakeLink second = nextStart().succeed();
        time.advance(Duration.ofHours(1));
        probesFail(tunnel, first, 2);
        Start refuge = links.last();
        assertThat(refuge.gateway).isEqualTo(C);
        FakeLink third = refuge.succeed();
        assertThat(seen.serving).containsExactlyInAnyOrder(second, third);
    }

    @Test
    void probesOfASessionThatServesNoMoreSayNothing() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        FakeLink first = links.last().succeed();
        time.advance(Duration.ofHours(1));
        tunnel.restart();
        FakeLink second = links.last().succeed();
        seen.retired.get(first).complete(null);
        probesFail(tunnel, first, 5);
        time.advance(Duration.ofMinutes(1));
        assertThat(links.starts).hasSize(2);
        assertThat(seen.serving).containsExactly(second);
    }

    @Test
    void closeEndsATrial() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        movedToB();
        FakeLink first = trial();
        assertThat(tunnel.close()).isCompleted();
        assertThat(first.isLost()).isTrue();
    }

    @Test
    void closeEndsATrialThatHasPassedAndWaits() {
        Supervisor tunnel = supervise(1, calm(), A, B);
        FakeLink second = movedToB();
        FakeLink first = trial();
        time.advance(CHECKS.minus(Duration.ofSeconds(1)));
        second.lose(FailureReason.CONNECTION_LOST);
        nextStart();
        time.advance(Duration.ofSeconds(2));
        assertThat(tunnel.close()).isCompleted();
        assertThat(first.isLost()).isTrue();
    }
}
