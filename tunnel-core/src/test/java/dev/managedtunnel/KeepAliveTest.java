package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeepAliveTest {
    private final KeepAlive keepAlive = KeepAlive.every(Duration.ofSeconds(5));

    static Stream<Duration> intervalsOutOfRange() {
        return Stream.of(
                Duration.ofMillis(99),
                Duration.ZERO,
                Duration.ofSeconds(-10),
                Duration.ofDays(1).plusNanos(1),
                Duration.ofSeconds(Long.MAX_VALUE));
    }

    @Test
    void threeMayBeMissedUnlessSaidOtherwise() {
        assertThat(keepAlive.interval()).isEqualTo(Duration.ofSeconds(5));
        assertThat(keepAlive.missed()).isEqualTo(3);
        assertThat(keepAlive).hasToString("every PT5S, 3 missed");
    }

    @Test
    void aChangeMakesACopy() {
        assertThat(keepAlive.missed(2)).hasToString("every PT5S, 2 missed");
        assertThat(keepAlive).hasToString("every PT5S, 3 missed");
    }

    @ParameterizedTest
    @MethodSource("intervalsOutOfRange")
    void anIntervalOutOfRangeIsRefused(Duration interval) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeepAlive.every(interval))
                .withMessage("keepAlive interval: '" + interval + "' is out of range; give PT0.1S to PT24H");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 0, -1, 1001, Integer.MAX_VALUE})
    void oneLostCheckMustNeverEndASession(int missed) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> keepAlive.missed(missed))
                .withMessage("keepAlive missed: '" + missed + "' is out of range; give 2 to 1000");
    }

    @Test
    void theLongestWaitStillFitsANanosecondClock() {
        KeepAlive laziest = KeepAlive.every(Duration.ofDays(1)).missed(1000);
        assertThat(laziest.interval().multipliedBy(laziest.missed()).toNanos()).isPositive();
    }
}
