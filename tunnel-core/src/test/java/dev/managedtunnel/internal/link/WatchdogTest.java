package dev.managedtunnel.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.internal.time.FakeScheduler;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WatchdogTest {
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final FakeScheduler time = new FakeScheduler();
    private final List<Long> pings = new ArrayList<>();
    private final List<Long> deaths = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();
    private double chance;
    private long received;
    private boolean answering;
    private final Watchdog watchdog = new Watchdog(
            KeepAlive.every(INTERVAL).missed(3), time, () -> chance, () -> received, this::ping, why -> died(why));

    private void died(String why) {
        deaths.add(seconds());
        reasons.add(why);
    }

    private void ping() {
        pings.add(seconds());
        if (answering) {
            received = time.nanoTime() + 1;
        }
    }

    private long seconds() {
        return Duration.ofNanos(time.nanoTime()).toSeconds();
    }

    private void advance(long seconds) {
        time.advance(Duration.ofSeconds(seconds));
    }

    @Test
    void pingsAfterEachSilentIntervalAndGivesUpAfterTheAllowedNumberOfThem() {
        watchdog.start();
        advance(29);
        assertThat(pings).containsExactly(10L, 20L);
        assertThat(deaths).isEmpty();
        advance(1);
        assertThat(deaths).containsExactly(30L);
        assertThat(pings).containsExactly(10L, 20L);
        assertThat(time.pending()).isZero();
        advance(1000);
        assertThat(deaths).hasSize(1);
    }

    @Test
    void anAnsweredPingStartsTheCountAnewSoThatItLivesForEver() {
        answering = true;
        watchdog.start();
        advance(100_000);
        assertThat(deaths).isEmpty();
        assertThat(pings.size()).isBetween(9_990, 10_000);
    }

    @Test
    void anyByteProvesLifeAndPutsTheNextPingOff() {
        watchdog.start();
        for (int i = 0; i < 100; i++) {
            advance(9);
            received = time.nanoTime();
        }
        assertThat(pings).isEmpty();
        advance(10);
        assertThat(pings).containsExactly(910L);
    }

    @Test
    void oneLostAnswerIsNoDeath() {
        watchdog.start();
        advance(25);
        received = time.nanoTime();
        advance(9);
        assertThat(deaths).isEmpty();
        advance(30);
        assertThat(pings).containsExactly(10L, 20L, 35L, 45L);
        assertThat(deaths).containsExactly(55L);
    }

    @Test
    void aMachineThatSleptAsksAtOnceAndCountsNothing() {
        watchdog.start();
        advance(25);
        time.sleep(Duration.ofHours(8));
        advance(0);
        assertThat(deaths).isEmpty();
        assertThat(pings).hasSize(3);
        received = time.nanoTime() + 1;
        advance(9);
        assertThat(deaths).isEmpty();
    }

    @Test
    void aPeerThatDiedWhileTheMachineSleptIsFoundOutSoonAfter() {
        watchdog.start();
        advance(25);
        time.sleep(Duration.ofHours(8));
        advance(10);
        assertThat(deaths).hasSize(1);
    }

    @Test
    void aLateTickFindsTheByteThatCameBeforeIt() {
        watchdog.start();
        advance(5);
        received = time.nanoTime();
        time.sleep(Duration.ofSeconds(14));
        advance(0);
        assertThat(pings).as("silent for 14 s").hasSize(1);
        assertThat(deaths).isEmpty();
    }

    @Test
    void ticksVaryButDeathNeverComesLaterThanPromised() {
        Random random = new Random(7);
        for (int round = 0; round < 100; round++) {
            FakeScheduler clock = new FakeScheduler();
            List<Long> died = new ArrayList<>();
            new Watchdog(
                            KeepAlive.every(INTERVAL).missed(3),
                            clock,
                            random::nextDouble,
                            () -> 0,
                            () -> {},
                            why -> died.add(clock.nanoTime()))
                    .start();
            clock.advance(Duration.ofSeconds(30));
            assertThat(died).hasSize(1);
            assertThat(Duration.ofNanos(died.get(0))).isBetween(Duration.ofMillis(28_500), Duration.ofSeconds(30));
        }
    }

    @Test
    void itWorksWhileAPingIsStuck() {
        Watchdog stuck = new Watchdog(
                KeepAlive.every(INTERVAL).missed(2), time, () -> chance, () -> 0, () -> {}, why -> died(why));
        stuck.start();
        advance(20);
        assertThat(deaths).containsExactly(20L);
    }

    @Test
    void stoppedItLeavesNoTimerAndDoesNothingMore() {
        watchdog.start();
        advance(15);
        watchdog.stop();
        watchdog.stop();
        assertThat(time.pending()).isZero();
        advance(1000);
        assertThat(pings).containsExactly(10L);
        assertThat(deaths).isEmpty();
    }

    @Test
    void aCheckAsksAtOnceAndGivesUpWhenNothingComesByItsDeadline() {
        watchdog.start();
        advance(2);
        watchdog.check(Duration.ofSeconds(4));
        assertThat(pings).containsExactly(2L);
        advance(3);
        assertThat(deaths).isEmpty();
        advance(1);
        assertThat(deaths).containsExactly(6L);
        assertThat(reasons).containsExactly("no byte received within 4 s of being asked for an answer");
        assertThat(time.pending()).isZero();
    }

    @Test
    void aCheckThatIsAnsweredChangesNothing() {
        answering = true;
        watchdog.start();
        advance(2);
        watchdog.check(Duration.ofSeconds(4));
        advance(1000);
        assertThat(deaths).isEmpty();
    }

    @Test
    void whatCameBeforeACheckIsNoAnswerToIt() {
        watchdog.start();
        advance(2);
        received = time.nanoTime();
        watchdog.check(Duration.ofSeconds(4));
        advance(4);
        assertThat(deaths).hasSize(1);
    }

    @Test
    void anEarlierDeadlineStandsSoThatCheckingOverAndOverPutsNothingOff() {
        watchdog.start();
        for (int i = 0; i < 5; i++) {
            watchdog.check(Duration.ofSeconds(4));
            advance(1);
        }
        assertThat(pings).hasSize(1);
        assertThat(deaths).containsExactly(4L);
    }

    @Test
    void aCheckAfterOneThatWasAnsweredIsANewOne() {
        watchdog.start();
        watchdog.check(Duration.ofSeconds(4));
        advance(1);
        received = time.nanoTime();
        advance(1);
        watchdog.check(Duration.ofSeconds(4));
        advance(3);
        assertThat(deaths).isEmpty();
        advance(1);
        assertThat(deaths).containsExactly(6L);
    }

    @Test
    void theTimerOfACheckThatWasAnsweredJudgesNoLaterOne() {
        List<Runnable> timers = new ArrayList<>();
        Watchdog late = new Watchdog(
                KeepAlive.every(INTERVAL).missed(3),
                keepingEveryTimer(timers),
                () -> 0,
                () -> received,
                this::ping,
                why -> died(why));
        late.start();
        late.check(Duration.ofSeconds(4));
        advance(1);
        received = time.nanoTime();
        advance(3);
        late.check(Duration.ofSeconds(4));
        timers.get(1).run();
        assertThat(deaths).as("cancelled too late, of the first check").isEmpty();
        advance(4);
        timers.get(2).run();
        assertThat(deaths).containsExactly(8L);
    }

    /** Timers that can't be cancelled, run by the test. */
    private Scheduler keepingEveryTimer(List<Runnable> timers) {
        return new Scheduler() {
            @Override
            public long nanoTime() {
                return time.nanoTime();
            }

            @Override
            public Instant now() {
                return time.now();
            }

            @Override
            public Timer schedule(Duration delay, Runnable task) {
                timers.add(task);
                return () -> {};
            }
        };
    }

    @Test
    void aCheckIsNoMorePatientThanTheKeepAlive() {
        watchdog.start();
        watchdog.check(Duration.ofHours(1));
        advance(30);
        assertThat(deaths).hasSize(1);
        assertThat(time.pending()).isZero();
    }

    @Test
    void aCheckWhoseTimeTheMachineSleptThroughAsksAgain() {
        watchdog.start();
        watchdog.check(Duration.ofSeconds(4));
        time.sleep(Duration.ofSeconds(7));
        advance(0);
        assertThat(deaths).isEmpty();
        assertThat(pings).hasSize(2);
        advance(4);
        assertThat(deaths).hasSize(1);
    }

    @Test
    void onlyWhatRunsIsChecked() {
        watchdog.check(INTERVAL);
        watchdog.start();
        watchdog.check(INTERVAL);
        watchdog.stop();
        watchdog.check(INTERVAL);
        advance(100);
        assertThat(pings).hasSize(1);
        assertThat(deaths).isEmpty();
        assertThat(time.pending()).isZero();
    }

    @Test
    void aMachineThatWasSuspendedAsksAtItsNextTickAndWaitsForTheAnswerOnlyBriefly() {
        watchdog.start();
        advance(5);
        received = time.nanoTime();
        time.suspend(Duration.ofHours(8));
        advance(5);
        assertThat(pings).as("though it received something 5 s ago").containsExactly(10L);
        advance(4);
        assertThat(deaths).isEmpty();
        advance(1);
        assertThat(deaths).containsExactly(15L);
    }

    @Test
    void aSuspendedMachineWhosePeerAnswersGoesOn() {
        answering = true;
        watchdog.start();
        time.suspend(Duration.ofHours(8));
        advance(1000);
        assertThat(deaths).isEmpty();
    }

    @Test
    void aWallClockThatIsSetBackOrALittleForwardIsNoSleep() {
        watchdog.start();
        time.suspend(Duration.ofHours(-8));
        advance(10);
        time.suspend(Duration.ofSeconds(5));
        advance(19);
        assertThat(deaths).isEmpty();
        advance(1);
        assertThat(deaths).containsExactly(30L);
    }
}
