package dev.managedtunnel.internal.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Probe;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.Offer;
import dev.managedtunnel.internal.time.FakeScheduler;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When checks run and what becomes of their results, on a clock, sessions and threads of the test's. */
class ProberTest {
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    /** What a failure waits, to see whether its session ends. */
    private static final Duration GRACE = Duration.ofSeconds(1);
    /** An interval at its longest. */
    private static final Duration NEXT = Duration.ofSeconds(33);

    private final FakeScheduler time = new FakeScheduler();
    private final Deque<Runnable> workers = new ArrayDeque<>();
    private final List<String> told = new ArrayList<>();
    /** What was said of sessions. */
    private final List<String> said = new ArrayList<>();
    /** What the next checks do, by turns; none is good. */
    private final Deque<Probe.Check> checks = new ArrayDeque<>();

    private final QuietLink link = new QuietLink();
    private int runs;
    private @Nullable Prober prober;

    private final ProbeSockets sockets = new ProbeSockets() {
        @Override
        public SocketFactory to(Link by, @Nullable Endpoint target, Consumer<Closeable> opened) {
            opened.accept(() -> told.add("closed"));
            if (target == null) {
                return SocketFactory.getDefault();
            }
            return new SocketFactory() {
                @Override
                public Socket createSocket() {
                    return new Socket() {
                        @Override
                        public void connect(SocketAddress endpoint) {
                            told.add("connected to " + target);
                        }
                    };
                }

                @Override
                public Socket createSocket(String host, int port) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public Socket createSocket(String host, int port, InetAddress from, int fromPort) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public Socket createSocket(InetAddress host, int port) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) {
                    throw new UnsupportedOperationException();
                }
            };
        }

        @Override
        public void echo(Link by, Offer offer, Consumer<Closeable> opened) {
            throw new UnsupportedOperationException();
        }
    };

    private final ProbeListener listener = new ProbeListener() {
        @Override
        public void failed(String probe, TunnelException why) {
            told.add(probe + " failed: " + why.detail());
        }

        @Override
        public void recovered(String probe, Duration failing) {
            told.add(probe + " recovered after " + failing.toSeconds());
        }

        @Override
        public void checked(Link on, String probe, @Nullable String why) {
            said.add((on == link ? "" : "other ") + (why == null ? "well" : why));
        }
    };

    private Prober start(Probe... probes) {
        prober = new Prober(List.of(probes), means());
        prober.up(link);
        return prober;
    }

    private ProbeMeans means() {
        return new ProbeMeans("orders", sockets, time, Runnable::run, workers::add, new Random(1), listener);
    }

    private Probe probe() {
        return Probe.of("any", tunnel -> {
            runs++;
            Probe.Check next = checks.poll();
            if (next != null) {
                next.run(tunnel);
            }
        });
    }

    @AfterEach
    void nothingIsLeftAfterClose() {
        if (prober != null) {
            prober.close();
            work();
            assertThat(time.pending()).isZero();
        }
    }

    /** Lets the workers do what they have. */
    private void work() {
        for (Runnable task = workers.poll(); task != null; task = workers.poll()) {
            task.run();
        }
    }

    private void advance(Duration duration) {
        for (long second = 0; second < duration.toSeconds(); second++) {
            time.advance(Duration.ofSeconds(1));
            work();
        }
    }

    /** So many rounds, one after the other, and what becomes of their checks. */
    private void rounds(int count) {
        rounds(count, 1);
    }

    private void rounds(int count, int sessions) {
        for (int i = 0; i < count; i++) {
            int before = runs;
            for (int step = 0; runs < before + sessions && step < 40; step++) {
                advance(Duration.ofSeconds(1));
            }
            assertThat(runs).isEqualTo(before + sessions);
            time.advance(GRACE);
        }
    }

    private void failing(int count) {
        for (int i = 0; i < count; i++) {
            checks.add(tunnel -> {
                throw new IOException("no\nway");
            });
        }
        rounds(count);
    }

    private TunnelStatus.Probed status() {
        assertThat(prober).isNotNull();
        return prober.statuses().get(0);
    }

    @Test
    void theFirstCheckFollowsWithinATenthOfTheInterval() {
        start(probe());
        assertThat(status().lastAt()).isEmpty();
        assertThat(status().isHealthy()).isTrue();
        advance(Duration.ofSeconds(3));
        assertThat(runs).isEqualTo(1);
        assertThat(status().good()).isEqualTo(1);
        assertThat(status().lastAt()).isPresent();
        assertThat(status().lastError()).isEmpty();
        assertThat(status().roundTrip()).isPresent();
    }

    @Test
    void checksFollowEachOtherAtAVaryingInterval() {
        start(probe());
        List<Long> gaps = new ArrayList<>();
        rounds(1);
        for (int i = 0; i < 20; i++) {
            long from = time.nanoTime();
            rounds(1);
            gaps.add((time.nanoTime() - from) / 1_000_000_000);
        }
        assertThat(gaps).allSatisfy(gap -> assertThat(gap).isBetween(26L, 35L));
        assertThat(gaps.stream().distinct().count()).isGreaterThan(2);
    }

    @Test
    void withoutASessionNothingRuns() {
        start(probe());
        rounds(1);
        link.lose();
        advance(INTERVAL.multipliedBy(10));
        assertThat(runs).isEqualTo(1);
        assertThat(time.pending()).isZero();
        QuietLink next = new QuietLink();
        prober.up(next);
        rounds(1);
        assertThat(status().good()).isEqualTo(2);
    }

    @Test
    void itFailsAndRecoversWhenTheWindowSaysSo() {
        start(probe());
        failing(2);
        assertThat(told).isEmpty();
        assertThat(status().isHealthy()).isTrue();
        assertThat(status().lastError()).contains("no way");
        failing(1);
        assertThat(told)
                .containsExactly("any failed: probe any fails: 3 of the last 3 checks failed, the last one: no way");
        assertThat(prober.failing())
                .isNotNull()
                .returns(FailureReason.PROBE_FAILED, TunnelException::reason)
                .hasCauseInstanceOf(IOException.class);
        assertThat(status().isHealthy()).isFalse();
        assertThat(status().since()).isEqualTo(time.now());
        rounds(2);
        assertThat(told).hasSize(1);
        rounds(1);
        assertThat(told).hasSize(2).last().asString().matches("any recovered after (8|9|10)\\d");
        assertThat(prober.failing()).isNull();
        assertThat(status().isHealthy()).isTrue();
        assertThat(status().good()).isEqualTo(3);
        assertThat(status().failed()).isEqualTo(3);
        assertThat(link.end()).as("nobody asked for a restart").isNull();
    }

    @Test
    void aCheckIsCutAtItsDeadline() {
        start(probe().timeout(Duration.ofSeconds(10)));
        time.advance(Duration.ofSeconds(3));
        Runnable waiting = workers.remove();
        time.advance(Duration.ofSeconds(10));
        assertThat(status().failed()).as("it has not returned").isZero();
        waiting.run();
        assertThat(runs).as("it was cut before it began").isZero();
        time.advance(GRACE);
        assertThat(status().failed()).isEqualTo(1);
        assertThat(status().lastError()).contains("no result within 10 s");
    }

    @Test
    void aCheckThatReturnsAfterItsDeadlineHasFailed() {
        start(probe());
        checks.add(tunnel -> time.advance(Duration.ofSeconds(11)));
        advance(Duration.ofSeconds(3));
        assertThat(runs).isEqualTo(1);
        time.advance(GRACE);
        assertThat(status().good()).isZero();
        assertThat(status().lastError()).contains("no result within 10 s");
    }

    @Test
    void theDeadlineInterruptsTheCheckAndClosesWhatItOpened() {
        start(probe());
        List<Boolean> interrupted = new ArrayList<>();
        checks.add(tunnel -> {
            assertThat(tunnel.tunnel()).isEqualTo("orders");
            assertThat(tunnel.socketFactory()).isNotNull();
            assertThat(told).isEmpty();
            time.advance(Duration.ofSeconds(11));
            assertThat(told).containsExactly("closed");
            interrupted.add(Thread.currentThread().isInterrupted());
            assertThat(tunnel.socketFactory()).isNotNull();
            assertThat(told).as("closed at once").containsExactly("closed", "closed");
        });
        advance(Duration.ofSeconds(3));
        assertThat(interrupted).containsExactly(true);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(told).hasSize(2);
    }

    @Test
    void whatACheckLeavesOpenIsClosedWithIt() {
        start(probe());
        checks.add(tunnel -> assertThat(tunnel.socketFactory()).isNotNull());
        rounds(1);
        assertThat(told).containsExactly("closed");
        assertThat(status().good()).isEqualTo(1);
    }

    @Test
    void soIsWhatAFailedOneLeavesOpen() {
        start(probe());
        checks.add(tunnel -> {
            assertThat(tunnel.socketFactory()).isNotNull();
            throw new IOException("no way");
        });
        rounds(1);
        assertThat(told).containsExactly("closed");
    }

    @Test
    void noCheckOverlapsOneThatTakesLongerThanTheInterval() {
        start(probe().every(Duration.ofSeconds(5)).timeout(Duration.ofSeconds(60)));
        time.advance(Duration.ofSeconds(50));
        assertThat(workers).hasSize(1);
        assertThat(status().failed()).isZero();
        work();
        assertThat(status().good()).isEqualTo(1);
        advance(Duration.ofSeconds(6));
        assertThat(runs).isEqualTo(2);
    }

    @Test
    void whileACheckDoesNotReturnEachIntervalFails() {
        start(probe());
        time.advance(Duration.ofSeconds(3));
        Runnable stuck = workers.remove();
        time.advance(NEXT.multipliedBy(3));
        assertThat(workers).as("nothing else runs").isEmpty();
        assertThat(told)
                .containsExactly("any failed: probe any fails: 3 of the last 3 checks failed, the last one:"
                        + " the check before was cut and has not returned");
        stuck.run();
        time.advance(GRACE);
        rounds(3);
        assertThat(told).hasSize(2);
    }

    @Test
    void aCheckThatHangsFromALostSessionFailsTheNextButAsksForNoOther() {
        start(probe().restartSession());
        time.advance(Duration.ofSeconds(3));
        Runnable stuck = workers.remove();
        link.lose();
        QuietLink next = new QuietLink();
        prober.up(next);
        time.advance(NEXT.multipliedBy(5));
        assertThat(told).hasSize(1);
        assertThat(next.end()).isNull();
        stuck.run();
        rounds(3);
        assertThat(told).hasSize(2);
    }

    @Test
    void theLossOfItsSessionIsNoFailureOfTheProbe() {
        start(probe().failAfter(1, 1));
        checks.add(tunnel -> {
            link.lose();
            throw new IOException("connection reset");
        });
        advance(Duration.ofSeconds(3));
        time.advance(INTERVAL);
        assertThat(runs).isEqualTo(1);
        assertThat(status().failed()).isZero();
    }

    @Test
    void neitherIsOneThatIsHeardOfAMomentLater() {
        start(probe().failAfter(1, 1));
        checks.add(tunnel -> {
            throw new IOException("connection reset");
        });
        advance(Duration.ofSeconds(3));
        assertThat(runs).isEqualTo(1);
        link.lose();
        QuietLink next = new QuietLink();
        prober.up(next);
        rounds(1);
        assertThat(status().failed()).isZero();
        assertThat(status().good()).isEqualTo(1);
    }

    @Test
    void aCheckCutByItsSessionsEndDoesNotHoldUpTheNextSession() {
        start(probe());
        time.advance(Duration.ofSeconds(3));
        Runnable cut = workers.remove();
        link.lose();
        QuietLink next = new QuietLink();
        prober.up(next);
        cut.run();
        rounds(1);
        assertThat(status().good()).isEqualTo(1);
        assertThat(status().failed()).isZero();
    }

    @Test
    void whatIsKnownOutlivesTheSession() {
        start(probe());
        failing(3);
        link.lose();
        assertThat(status().isHealthy()).isFalse();
        QuietLink next = new QuietLink();
        prober.up(next);
        rounds(2);
        assertThat(status().isHealthy()).isFalse();
        rounds(1);
        assertThat(status().isHealthy()).isTrue();
        assertThat(told).hasSize(2);
    }

    @Test
    void aProbeThatIsAskedToEndsASessionOnlyWhenTheWindowSaysSo() {
        start(probe().restartSession());
        failing(2);
        assertThat(link.end()).isNull();
        failing(1);
        assertThat(link.end())
                .isNotNull()
                .returns(FailureReason.PROBE_FAILED, TunnelException::reason)
                .hasMessageContaining(
                        "probe any asked for another session: 3 of the last 3 checks failed, the last one: no way");
        advance(INTERVAL.multipliedBy(3));
        assertThat(runs).isEqualTo(3);
    }

    @Test
    void whereThatDoesNotHelpTheNextSessionIsGivenTwiceAsManyChecks() {
        start(probe().restartSession());
        failing(3);
        QuietLink second = new QuietLink();
        prober.up(second);
        failing(5);
        assertThat(second.end()).isNull();
        failing(1);
        assertThat(second.end()).isNotNull();
        QuietLink third = new QuietLink();
        prober.up(third);
        failing(11);
        assertThat(third.end()).isNull();
        rounds(3);
        assertThat(status().isHealthy()).isTrue();
        failing(3);
        assertThat(third.end()).as("it had helped").isNotNull();
    }

    @Test
    void sessionsAreCheckedOneAfterTheOtherAndJudgedEachForItself() {
        start(probe().restartSession());
        QuietLink other = new QuietLink();
        prober.up(other);
        for (int round = 0; round < 3; round++) {
            checks.add(tunnel -> {});
            checks.add(tunnel -> {
                throw new IOException("only here");
            });
            rounds(1, 2);
        }
        assertThat(runs).isEqualTo(6);
        assertThat(link.end()).isNull();
        assertThat(other.end()).isNotNull();
        assertThat(status().isHealthy()).as("until there is news").isFalse();
        rounds(1);
        assertThat(status().isHealthy()).isTrue();
    }

    @Test
    void aSessionThatTakesNoMoreConnectionsIsNotProbed() {
        start(probe());
        prober.down(link);
        advance(INTERVAL.multipliedBy(2));
        assertThat(runs).isZero();
        prober.down(link);
    }

    @Test
    void theFirstOfSeveralThatFailSaysWhyTheTunnelIsDegraded() {
        Probe fine = Probe.of("fine", tunnel -> {});
        Probe bad = Probe.of("bad", tunnel -> {
                    throw new AssertionError();
                })
                .failAfter(1, 1);
        Probe worse = bad.named("worse");
        start(fine, bad, worse);
        advance(NEXT);
        advance(NEXT);
        assertThat(told).hasSize(2);
        assertThat(prober.failing())
                .isNotNull()
                .hasMessageContaining(
                        "probe bad fails: 1 of the last 1 checks failed, the last one: java.lang.AssertionError");
        assertThat(prober.statuses()).extracting(TunnelStatus.Probed::isHealthy).containsExactly(true, false, false);
    }

    @Test
    void afterCloseNoSessionIsProbed() {
        start(probe());
        time.advance(Duration.ofSeconds(3));
        prober.close();
        work();
        assertThat(runs).as("it was cut before it began").isZero();
        prober.up(new QuietLink());
        assertThat(time.pending()).isZero();
        assertThat(status().failed()).isZero();
    }

    @Test
    void aFailedCheckSaysNothingOfItsSessionBeforeTheProbeFailsAndAGoodOneNothingWhileItDoes() {
        start(probe());
        rounds(1);
        failing(2);
        assertThat(said).containsExactly("well");
        failing(2);
        assertThat(said)
                .containsExactly(
                        "well",
                        "probe any fails: 3 of the last 4 checks failed, the last one: no way",
                        "probe any fails: 4 of the last 5 checks failed, the last one: no way");
        rounds(2);
        assertThat(said).hasSize(3);
        rounds(1);
        assertThat(said).hasSize(4).endsWith("well");
    }

    @Test
    void whatFailedOnTheSessionBeforeSaysNothingOfTheNext() {
        start(probe());
        failing(3);
        said.clear();
        link.lose();
        prober.up(new QuietLink());
        failing(2);
        assertThat(said).isEmpty();
        failing(1);
        assertThat(said).hasSize(1);
        assertThat(said.get(0)).startsWith("other probe any fails: 3 of the last 3");
    }

    @Test
    void aCheckThatDoesNotReturnSaysNothingOfOtherSessions() {
        start(probe().failAfter(1, 1));
        QuietLink other = new QuietLink();
        prober.up(other);
        time.advance(Duration.ofSeconds(3));
        Runnable stuck = workers.remove();
        time.advance(NEXT.multipliedBy(2));
        assertThat(said).isNotEmpty().noneMatch(text -> text.startsWith("other"));
        stuck.run();
    }

    @Test
    void aSessionOnTrialIsCheckedOnceByEachProbeAndIsInNoFigures() {
        Probe second = Probe.of("second", tunnel -> {
            throw new IOException("not here");
        });
        start(probe(), second);
        QuietLink trial = new QuietLink();
        CompletableFuture<@Nullable String> tried = prober.tryOut(trial).toCompletableFuture();
        assertThat(tried).isNotDone();
        work();
        assertThat(runs).isEqualTo(1);
        assertThat(tried).isCompletedWithValue("probe second fails there: not here");
        assertThat(status().good()).isZero();
        assertThat(prober.statuses().get(1).failed()).isZero();
        assertThat(said).isEmpty();
        trial.lose();
    }

    @Test
    void aSessionOnTrialThatIsWellIsWell() {
        start(probe());
        CompletableFuture<@Nullable String> tried =
                prober.tryOut(new QuietLink()).toCompletableFuture();
        work();
        assertThat(tried).isCompletedWithValue(null);
        assertThat(new Prober(List.of(), means()).tryOut(link).toCompletableFuture())
                .as("without probes")
                .isCompletedWithValue(null);
    }

    @Test
    void aCheckOnTrialWaitsForTheOneUnderWayAndComesBeforeOthers() {
        start(probe());
        prober.up(new QuietLink());
        time.advance(Duration.ofSeconds(3));
        CompletableFuture<@Nullable String> tried =
                prober.tryOut(new QuietLink()).toCompletableFuture();
        assertThat(workers).hasSize(1);
        workers.remove().run();
        assertThat(tried).isNotDone();
        assertThat(workers).hasSize(1);
        workers.remove().run();
        assertThat(tried).isCompletedWithValue(null);
        work();
        assertThat(runs).isEqualTo(3);
        assertThat(status().good()).isEqualTo(2);
    }

    @Test
    void aCheckOnTrialThatDoesNotReturnHasFailedAtItsDeadline() {
        start(probe());
        CompletableFuture<@Nullable String> tried =
                prober.tryOut(new QuietLink()).toCompletableFuture();
        Runnable stuck = workers.remove();
        time.advance(Duration.ofSeconds(10));
        assertThat(tried).isCompletedWithValue("probe any fails there: no result within 10 s");
        CompletableFuture<@Nullable String> next =
                prober.tryOut(new QuietLink()).toCompletableFuture();
        time.advance(NEXT);
        assertThat(next).isCompletedWithValue("probe any fails there: the check before was cut and has not returned");
        stuck.run();
        rounds(1);
        assertThat(status().good()).isEqualTo(1);
    }

    @Test
    void aCheckOnTrialIsCutWithItsSession() {
        start(probe());
        QuietLink trial = new QuietLink();
        CompletableFuture<@Nullable String> tried = prober.tryOut(trial).toCompletableFuture();
        CompletableFuture<@Nullable String> waiting = prober.tryOut(trial).toCompletableFuture();
        trial.lose();
        work();
        assertThat(runs).as("it was cut before it began").isZero();
        assertThat(tried.getNow("")).isNotNull();
        assertThat(waiting).isNotDone();
        rounds(1);
        assertThat(status().good()).isEqualTo(1);
    }

    @Test
    void aCheckThatWasCutAMomentAgoIsNotStuckYet() {
        start(probe().every(Duration.ofSeconds(5)));
        time.advance(Duration.ofSeconds(1));
        Runnable slow = workers.remove();
        link.lose();
        prober.up(new QuietLink());
        time.advance(Duration.ofMillis(900));
        assertThat(status().failed())
                .as("the first tick is within a tenth of the interval")
                .isZero();
        time.advance(Duration.ofSeconds(6));
        assertThat(status().failed()).isEqualTo(1);
        slow.run();
    }

    @Test
    void theOthersOfARoundFollowWhateverBecomesOfOneOfThem() {
        start(probe().restartSession());
        QuietLink second = new QuietLink();
        QuietLink third = new QuietLink();
        prober.up(second);
        prober.up(third);
        checks.add(tunnel -> {
            throw new IOException("no way");
        });
        advance(Duration.ofSeconds(3));
        assertThat(runs).isEqualTo(1);
        second.lose();
        time.advance(GRACE);
        assertThat(workers).as("the third one's, though the second is lost").hasSize(1);
        work();
        assertThat(status().good()).isEqualTo(1);
        assertThat(status().failed()).isEqualTo(1);
    }

    @Test
    void theOthersOfARoundFollowOneThatWasStuck() {
        start(probe());
        prober.up(new QuietLink());
        time.advance(Duration.ofSeconds(3));
        Runnable stuck = workers.remove();
        time.advance(NEXT);
        assertThat(status().failed()).as("for both").isEqualTo(2);
        stuck.run();
        time.advance(GRACE);
        assertThat(workers).hasSize(1);
    }

    @Test
    void closeBeginsNoCheckThatWaits() {
        start(probe());
        prober.up(new QuietLink());
        checks.add(tunnel -> {
            throw new IOException("no way");
        });
        advance(Duration.ofSeconds(3));
        prober.close();
        assertThat(workers).isEmpty();
    }

    @Test
    void theTimeOfACheckIsItsRoundTrip() {
        start(probe());
        advance(Duration.ofSeconds(1));
        checks.add(tunnel -> time.advance(Duration.ofSeconds(2)));
        rounds(1);
        assertThat(status().roundTrip()).contains(Duration.ofSeconds(2));
    }

    @Test
    void aProbesSocketIsConnectedAndLeadsToItsTarget() {
        start(Probe.connect("db", 5432));
        advance(Duration.ofSeconds(3));
        assertThat(status().good()).isEqualTo(1);
        assertThat(told).containsExactly("connected to db:5432", "closed");
    }
}
