package dev.managedtunnel.internal.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.RestartPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackoffTest {
    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Duration CAP = Duration.ofSeconds(30);

    private static RestartPolicy.Builder calm() {
        return RestartPolicy.builder().backoff(FIRST, CAP).jitter(0);
    }

    private static Backoff backoff(RestartPolicy.Builder policy) {
        return new Backoff(policy.build(), new SplittableRandom(1));
    }

    private static List<Long> millisAfterFailures(Backoff backoff, int failures) {
        List<Long> delays = new ArrayList<>();
        for (int i = 0; i < failures; i++) {
            delays.add(backoff.failed().toMillis());
        }
        return delays;
    }

    @Test
    void theFirstRetryIsImmediateAndTheRestGrowsToTheCap() {
        assertThat(millisAfterFailures(backoff(calm()), 9))
                .containsExactly(0L, 500L, 1000L, 2000L, 4000L, 8000L, 16_000L, 30_000L, 30_000L);
    }

    @Test
    void aProvenSessionEndsTheStreak() {
        Backoff backoff = backoff(calm());
        millisAfterFailures(backoff, 5);
        backoff.proven();
        assertThat(millisAfterFailures(backoff, 3)).containsExactly(0L, 500L, 1000L);
    }

    @Test
    void aFactorOfOneNeverGrows() {
        assertThat(millisAfterFailures(backoff(calm().factor(1)), 5)).containsExactly(0L, 500L, 500L, 500L, 500L);
    }

    @Test
    void afterAFailureThatOnlyPeopleMendItWaitsForTheCapAtOnce() {
        Backoff backoff = backoff(calm());
        assertThat(backoff.failedForGood()).isEqualTo(CAP);
        assertThat(backoff.failed()).as("and it counts in the streak").isEqualTo(FIRST);
    }

    @Test
    void anEndlessStreakStaysAtTheCap() {
        Backoff backoff = backoff(calm().factor(100));
        millisAfterFailures(backoff, 100_000);
        assertThat(backoff.failed()).isEqualTo(CAP);
    }

    @Test
    void theLongestCapFitsTheClock() {
        Duration longest = Duration.ofDays(10_000);
        Backoff backoff =
                backoff(RestartPolicy.builder().backoff(longest, longest).jitter(0.99));
        assertThat(millisAfterFailures(backoff, 1000))
                .allSatisfy(delay -> assertThat(delay).isNotNegative());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.2, 0.99})
    void jitterStaysWithinItsShareEitherWayAndUsesAllOfIt(double jitter) {
        Backoff backoff = backoff(calm().jitter(jitter));
        List<Double> shares = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            shares.add((double) backoff.failedForGood().toNanos() / (double) CAP.toNanos());
        }
        assertThat(shares).allSatisfy(share -> assertThat(share).isBetween(1 - jitter, 1 + jitter));
        assertThat(shares).anyMatch(share -> share < 1 - 0.9 * jitter).anyMatch(share -> share > 1 + 0.9 * jitter);
        assertThat(shares.stream().mapToDouble(Double::doubleValue).average().orElseThrow())
                .isBetween(1 - 0.05 * jitter, 1 + 0.05 * jitter);
    }

    @Test
    void theSameSeedGivesTheSameDelays() {
        Backoff one = backoff(calm().jitter(0.5));
        Backoff two = backoff(calm().jitter(0.5));
        assertThat(millisAfterFailures(one, 50)).isEqualTo(millisAfterFailures(two, 50));
    }

    @Test
    void theLeastJitterIsItsWholeShareBelow() {
        RestartPolicy policy = calm().jitter(0.2).build();
        assertThat(new Backoff(policy, () -> 0).failedForGood()).isEqualTo(Duration.ofSeconds(24));
    }
}
