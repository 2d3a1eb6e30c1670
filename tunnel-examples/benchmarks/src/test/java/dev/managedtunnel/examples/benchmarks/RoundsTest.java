package dev.managedtunnel.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RoundsTest {
    private final Rounds rounds = new Rounds();

    @Test
    void theMedianIsTheOneInTheMiddle() {
        rounds.add("rate", 30);
        rounds.add("rate", 1);
        rounds.add("rate", 2);

        assertThat(rounds.median("rate")).isEqualTo(2);
        assertThat(rounds.sorted("rate")).containsExactly(1.0, 2.0, 30.0);
    }

    @Test
    void theMedianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() {
        rounds.add("rate", 4);
        rounds.add("rate", 2);

        assertThat(rounds.median("rate")).isEqualTo(3);
    }

    @Test
    void whatWasNotMeasuredHasNoMedian() {
        assertThat(rounds.median("rate")).isNaN();
    }
}
