package dev.managedtunnel.internal.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Probe;
import org.junit.jupiter.api.Test;

/** What the results of one session make of a probe; {@code +} is a good one, {@code -} a failed one. */
class ProbeWindowTest {
    private static final Probe PROBE =
            Probe.of("any", tunnel -> {}).failAfter(3, 5).recoverAfter(2);

    private static ProbeWindow after(boolean failing, String results) {
        ProbeWindow window = new ProbeWindow(PROBE, failing);
        results.chars().forEach(result -> window.add(result == '+'));
        return window;
    }

    private static boolean fails(String results) {
        return after(false, results).isFailing();
    }

    @Test
    void isolatedFailuresAreNone() {
        assertThat(fails("-")).isFalse();
        assertThat(fails("--")).isFalse();
        assertThat(fails("--+++--+++--")).isFalse();
        assertThat(fails("-+++-+++-+++-")).isFalse();
    }

    @Test
    void itFailsWithTheThirdFailureOfTheLastFive() {
        assertThat(fails("---")).isTrue();
        assertThat(fails("-+-+-")).isTrue();
        assertThat(fails("+++--+-")).isTrue();
        assertThat(fails("-++--")).isTrue();
        assertThat(fails("-+++--")).as("the first one is too long ago").isFalse();
    }

    @Test
    void itTakesSoManyGoodOnesInARowToRecover() {
        assertThat(fails("---+")).isTrue();
        assertThat(fails("---+-+-+-+")).isTrue();
        assertThat(fails("---++")).isFalse();
    }

    @Test
    void afterRecoveryOldFailuresDoNotCount() {
        assertThat(fails("---++-")).isFalse();
        assertThat(fails("---++--")).isFalse();
        assertThat(fails("---++---")).isTrue();
    }

    @Test
    void aNewSessionTakesOverWhatIsKnown() {
        assertThat(after(true, "").isFailing()).isTrue();
        assertThat(after(true, "+").isFailing()).isTrue();
        assertThat(after(true, "++").isFailing()).isFalse();
    }

    @Test
    void onlyItsOwnFailuresAskForAnotherSession() {
        assertThat(after(true, "").asksForRestart(0)).isFalse();
        assertThat(after(true, "--").asksForRestart(0)).isFalse();
        assertThat(after(true, "---").asksForRestart(0)).isTrue();
        assertThat(after(false, "---").asksForRestart(0)).isTrue();
        assertThat(after(false, "---+++").asksForRestart(0)).isFalse();
        assertThat(after(false, "---+-+-+").asksForRestart(0))
                .as("fails still, but not so often")
                .isFalse();
    }

    @Test
    void eachRestartInVainDoublesWhatTheNextOneTakes() {
        assertThat(after(true, "-".repeat(5)).asksForRestart(1)).isFalse();
        assertThat(after(true, "-".repeat(6)).asksForRestart(1)).isTrue();
        assertThat(after(true, "-".repeat(11)).asksForRestart(2)).isFalse();
        assertThat(after(true, "-".repeat(12)).asksForRestart(2)).isTrue();
    }

    @Test
    void butNotForEver() {
        assertThat(after(true, "-".repeat(95)).asksForRestart(1000)).isFalse();
        assertThat(after(true, "-".repeat(96)).asksForRestart(1000)).isTrue();
        assertThat(after(true, "-".repeat(96)).asksForRestart(5)).isTrue();
        assertThat(after(true, "-".repeat(95)).asksForRestart(5)).isFalse();
    }

    @Test
    void itTellsWhatItLooksBackOn() {
        assertThat(after(false, "-+").failures()).isEqualTo(1);
        assertThat(after(false, "-+").size()).isEqualTo(2);
        assertThat(after(false, "--++--").failures()).isEqualTo(3);
        assertThat(after(false, "--++--").size()).isEqualTo(5);
    }
}
