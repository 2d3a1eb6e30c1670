package dev.managedtunnel.internal.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.FailoverStep;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.RestartPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The decisions alone, with times in the test's hand. */
class FailoverTest {
    private static final Gateway A = Gateway.parse("deploy@a");
    private static final Gateway B = Gateway.parse("deploy@b");
    private static final Gateway C = Gateway.parse("deploy@c");
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration DWELL = Duration.ofMinutes(5);
    private static final Duration CHECKS = Duration.ofSeconds(90);

    /** No variation. */
    private static final RandomGenerator STEADY = () -> 0;

    private final FailoverPolicy.Builder policy = FailoverPolicy.builder();
    private long now = -1_000_000;

    private Failover failover(int slots, Gateway... gateways) {
        return failover(STEADY, slots, gateways);
    }

    private Failover failover(RandomGenerator random, int slots, Gateway... gateways) {
        Plan plan = new Plan(
                List.of(gateways), slots, RestartPolicy.builder().build(), policy.build(), Duration.ofSeconds(15));
        return new Failover(plan, random, now);
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private void fail(Failover failover, Gateway gateway, int times) {
        for (int i = 0; i < times; i++) {
            failover.failed(gateway, false, "it refused", ++now);
        }
    }

    /** Has the slot leave a gateway that has served. */
    private void leave(Failover failover, Gateway gateway) {
        failover.serves(gateway);
        fail(failover, gateway, 2);
        assertThat(failover.leave(0, now)).isNotNull();
    }

    /** A trial of a gateway that is better for that slot. */
    private Failover.Trial better(int slot, Gateway gateway) {
        return new Failover.Trial(slot, gateway, false, now);
    }

    private Duration untilTrial(Failover failover) {
        return Duration.ofNanos(failover.nextTrial(List.of(0), now).dueNanos() - now);
    }

    @Test
    void beginsAtThePreferredGatewayAndSpreadsSeveralSlots() {
        assertThat(failover(1, A, B, C).home(0)).isEqualTo(A);
        Failover spread = failover(5, A, B, C);
        assertThat(IntStream.range(0, 5).mapToObj(spread::home)).containsExactly(A, B, C, A, B);
    }

    @Test
    void leavesAfterSoManyFailuresInARowAndNotBefore() {
        Failover failover = failover(1, A, B);
        fail(failover, A, 1);
        assertThat(failover.leave(0, now)).isNull();
        failover.proved(A);
        fail(failover, A, 1);
        assertThat(failover.leave(0, now)).as("isolated ones never do it").isNull();
        fail(failover, A, 1);
        Failover.Move move = failover.leave(0, now);
        assertThat(move)
                .isEqualTo(new Failover.Move(FailoverStep.LEFT, A, B, "2 failures in a row, the last one: it refused"));
        assertThat(failover.home(0)).isEqualTo(B);
        assertThat(failover.leave(0, now)).as("it stays there").isNull();
    }

    @Test
    void theOnlyGatewayIsNeverLeft() {
        Failover failover = failover(2, A);
        fail(failover, A, 100);
        assertThat(failover.leave(0, now)).isNull();
        assertThat(failover.nextTrial(List.of(0, 1), now)).isNull();
    }

    @Test
    void goesToOneThatDoesNotFailAndElseToTheOneThatFailedLongestAgo() {
        Failover failover = failover(1, A, B, C);
        fail(failover, B, 2);
        fail(failover, A, 2);
        assertThat(failover.leave(0, now).to()).isEqualTo(C);
        fail(failover, C, 2);
        assertThat(failover.leave(0, now).to()).isEqualTo(B);
        fail(failover, B, 1);
        assertThat(failover.leave(0, now).to()).isEqualTo(A);
        fail(failover, A, 1);
        assertThat(failover.leave(0, now).to()).isEqualTo(C);
    }

    @Test
    void whatNoRetryCanMendIsLeftAtOnceAndWhenAllAreLikeThatItIsHopeless() {
        Failover failover = failover(1, A, B);
        failover.failed(A, true, "no key fits", now);
        assertThat(failover.isHopeless()).isFalse();
        assertThat(failover.leave(0, now).reason()).isEqualTo("1 failure, the last one: no key fits");
        failover.failed(B, true, "no key fits", ++now);
        assertThat(failover.isHopeless()).isTrue();
        failover.serves(A);
        assertThat(failover.isHopeless()).isFalse();
    }

    @Test
    void aSlotThatIsWhereItShouldBeTriesNothing() {
        assertThat(failover(1, A, B).nextTrial(List.of(0), now)).isNull();
        assertThat(failover(2, A, B).nextTrial(List.of(0, 1), now)).isNull();
        assertThat(failover(3, A, B).nextTrial(List.of(0, 1, 2), now)).isNull();
    }

    @Test
    void triesThePreferredOneSoThatTheChecksEndWithTheDwell() {
        Failover failover = failover(1, A, B);
        leave(failover, A);
        assertThat(untilTrial(failover)).isEqualTo(DWELL.minus(CHECKS));
        pass(DWELL.minus(CHECKS));
        assertThat(failover.mayMove(better(0, A), now)).as("within the dwell").isFalse();
        pass(CHECKS);
        assertThat(failover.mayMove(better(0, A), now)).isTrue();
        assertThat(failover.moved(better(0, A), now))
                .isEqualTo(new Failover.Move(
                        FailoverStep.RETURNED, B, A, "it passed 3 checks in a row, and is the better one"));
        assertThat(failover.home(0)).isEqualTo(A);
        fail(failover, A, 1);
        assertThat(failover.leave(0, now)).as("it counts anew").isNull();
    }

    @Test
    void onlySlotsThatServeTry() {
        Failover failover = failover(1, A, B);
        leave(failover, A);
        assertThat(failover.nextTrial(List.of(), now)).isNull();
    }

    @Test
    void aTrialThatCameToNothingIsDueAgainAfterTheTimeOfACheck() {
        Failover failover = failover(1, A, B);
        leave(failover, A);
        pass(Duration.ofDays(1));
        assertThat(untilTrial(failover)).isZero();
        failover.trialFailed(better(0, A), now);
        assertThat(untilTrial(failover)).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void whileTheBestOneWaitsForItsNextTrialTheSecondBestIsTried() {
        Failover failover = failover(1, A, B, C);
        leave(failover, A);
        leave(failover, B);
        pass(Duration.ofDays(1));
        assertThat(failover.nextTrial(List.of(0), now).gateway()).isEqualTo(A);
        failover.trialFailed(better(0, A), now);
        assertThat(failover.nextTrial(List.of(0), now).gateway()).isEqualTo(B);
        failover.trialFailed(better(0, B), now);
        pass(MINUTE);
        assertThat(failover.nextTrial(List.of(0), now).gateway()).isEqualTo(A);
    }

    @Test
    void eachTimeAGatewayIsLeftAgainItIsLeftAloneForLongerUpToTheLongestDwell() {
        Failover failover = failover(1, A, B);
        Duration before = Duration.ZERO;
        for (int i = 0; i < 12; i++) {
            leave(failover, A);
            Duration alone = untilTrial(failover).plus(CHECKS);
            assertThat(alone).isBetween(DWELL, Duration.ofHours(2));
            assertThat(alone).isGreaterThanOrEqualTo(before.multipliedBy(9).dividedBy(10));
            before = alone;
            pass(alone);
            failover.moved(better(0, A), now);
        }
        assertThat(before).as("where growth and decay balance").isGreaterThan(Duration.ofMinutes(70));
    }

    @Test
    void theDwellFollowsTheFormula() {
        Failover failover = failover(1, A, B);
        leave(failover, A);
        assertThat(untilTrial(failover).plus(CHECKS)).as("penalty 1").isEqualTo(DWELL);
        pass(Duration.ofHours(4));
        failover.moved(better(0, A), now);
        leave(failover, A);
        assertThat(untilTrial(failover).plus(CHECKS).toSeconds())
                .as("penalty 1.5: half of the first one is left")
                .isEqualTo((long) (300 * Math.sqrt(2)));
    }

    @Test
    void longQuietMakesAGatewayAsGoodAsNew() {
        Failover failover = failover(1, A, B);
        for (int i = 0; i < 6; i++) {
            leave(failover, A);
            failover.moved(better(0, A), now);
        }
        pass(Duration.ofDays(4));
        leave(failover, A);
        assertThat(untilTrial(failover).plus(CHECKS)).isBetween(DWELL, DWELL.plusSeconds(1));
    }

    @Test
    void withoutDampingTheDwellIsAlwaysTheSame() {
        policy.damping(Duration.ZERO, Duration.ofHours(2));
        Failover failover = failover(1, A, B);
        for (int i = 0; i < 6; i++) {
            leave(failover, A);
            assertThat(untilTrial(failover).plus(CHECKS)).isEqualTo(DWELL);
            failover.moved(better(0, A), now);
        }
    }

    @Test
    void aGatewayThatNeverServedIsNotPunishedForFailing() {
        Failover failover = failover(1, A, B);
        for (int i = 0; i < 10; i++) {
            fail(failover, A, 2);
            fail(failover, B, 2);
            failover.leave(0, now);
        }
        fail(failover, B, 1);
        failover.leave(0, now);
        fail(failover, A, 2);
        assertThat(failover.leave(0, now).to()).isEqualTo(B);
        assertThat(untilTrial(failover)).isEqualTo(DWELL.minus(CHECKS));
    }

    @Test
    void twoSlotsThatLeaveTogetherCountOnce() {
        Failover failover = failover(2, A);
        assertThat(failover.home(1)).isEqualTo(A);
        Failover two = failover(3, A, B);
        two.serves(A);
        fail(two, A, 2);
        assertThat(two.leave(0, now).reason()).endsWith("; it is left alone for 5 min");
        assertThat(two.leave(2, now).reason()).endsWith("; it is left alone for 5 min");
    }

    @Test
    void waitsVaryUpwardsOnly() {
        Failover failover = failover(new SplittableRandom(7), 1, A, B);
        leave(failover, A);
        assertThat(untilTrial(failover).plus(CHECKS)).isBetween(DWELL, Duration.ofMinutes(6));
        pass(Duration.ofHours(1));
        for (int i = 0; i < 100; i++) {
            failover.trialFailed(better(0, A), now);
            assertThat(untilTrial(failover)).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(36));
        }
    }

    @Test
    void slotsThatCrowdAtOneGatewaySpreadAgainWhenAnotherIsWell() {
        Failover failover = failover(2, A, B);
        failover.serves(B);
        fail(failover, B, 2);
        assertThat(failover.leave(1, now).to()).isEqualTo(A);
        Failover.Trial trial = failover.nextTrial(List.of(0, 1), now);
        assertThat(trial.gateway()).isEqualTo(B);
        pass(Duration.ofHours(1));
        failover.moved(trial, now);
        assertThat(List.of(failover.home(0), failover.home(1))).containsExactlyInAnyOrder(A, B);
        assertThat(failover.nextTrial(List.of(0, 1), now)).isNull();
    }

    private void probesFail(Failover failover, Gateway gateway, int times) {
        for (int i = 0; i < times; i++) {
            failover.probed(gateway, "orders", "SELECT 1 failed", ++now);
        }
    }

    @Test
    void probesThatFailInARowMakeAGatewayOneThatFails() {
        Failover failover = failover(1, A, B);
        failover.serves(A);
        probesFail(failover, A, 1);
        failover.probed(A, "orders", null, ++now);
        probesFail(failover, A, 1);
        failover.probed(A, "replica", "SELECT 2 failed", ++now);
        assertThat(failover.hasFailingProbe(0)).isFalse();
        assertThat(failover.nextTrial(List.of(0), now)).isNull();
        probesFail(failover, A, 1);
        assertThat(failover.hasFailingProbe(0)).isTrue();
        Failover.Trial trial = failover.nextTrial(List.of(0), now);
        assertThat(trial).isEqualTo(new Failover.Trial(0, B, true, now));
        assertThat(failover.mayMove(trial, now)).isTrue();
        assertThat(failover.moved(trial, now).reason())
                .startsWith("2 failures in a row, the last one: SELECT 1 failed");
        assertThat(failover.home(0)).isEqualTo(B);
        assertThat(failover.hasFailingProbe(0)).isFalse();
    }

    @Test
    void aGatewayThatFailsIsNoRefuge() {
        Failover failover = failover(1, A, B);
        fail(failover, B, 2);
        probesFail(failover, A, 2);
        assertThat(failover.nextTrial(List.of(0), now)).isNull();
        failover.proved(B);
        Failover.Trial trial = failover.nextTrial(List.of(0), now);
        assertThat(trial.gateway()).isEqualTo(B);
        fail(failover, B, 2);
        assertThat(failover.mayMove(trial, now)).isFalse();
    }

    @Test
    void aGatewayThatWasLeftIsNoRefugeWhileItIsLeftAlone() {
        Failover failover = failover(1, B, A);
        leave(failover, B);
        failover.proved(B);
        probesFail(failover, A, 2);
        Failover.Trial back = failover.nextTrial(List.of(0), now);
        assertThat(back.isRefuge())
                .as("the better one is tried so that the checks end with the dwell")
                .isFalse();
        assertThat(untilTrial(failover)).isCloseTo(DWELL.minus(CHECKS), Duration.ofSeconds(1));
        Failover.Trial refuge = new Failover.Trial(0, B, true, now);
        assertThat(failover.mayMove(refuge, now)).isFalse();
        pass(DWELL.minusNanos(3));
        assertThat(failover.mayMove(refuge, now)).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(failover.mayMove(refuge, now)).isTrue();
    }

    @Test
    void aRefugeWhereProbesFailTooIsTriedLessAndLessOftenUntilTheyAreWell() {
        Failover failover = failover(1, A, B);
        probesFail(failover, A, 2);
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            failover.trialFailed(failover.nextTrial(List.of(0), now), now);
            waits.add(untilTrial(failover).toSeconds());
            pass(untilTrial(failover));
        }
        assertThat(waits).containsExactly(30L, 60L, 120L, 240L, 300L, 300L);
        failover.probed(A, "orders", null, now);
        probesFail(failover, A, 2);
        failover.trialFailed(failover.nextTrial(List.of(0), now), now);
        assertThat(untilTrial(failover)).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void probesThatFailAreRememberedWhileASlotIsThere() {
        Failover failover = failover(3, A, B);
        assertThat(List.of(failover.home(0), failover.home(1), failover.home(2)))
                .containsExactly(A, B, A);
        probesFail(failover, A, 2);
        failover.moved(failover.nextTrial(List.of(0), now), now);
        assertThat(failover.hasFailingProbe(2)).isTrue();
        failover.moved(failover.nextTrial(List.of(2), now), now);
        assertThat(failover.home(2)).isEqualTo(B);
        pass(Duration.ofHours(1));
        failover.moved(better(2, A), now);
        assertThat(failover.hasFailingProbe(2)).isFalse();
    }
}
