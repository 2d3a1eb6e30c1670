package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailoverPolicyTest {
    private final FailoverPolicy.Builder builder = FailoverPolicy.builder();

    @Test
    void theDefaultsAreThoseOfTheDocumentation() {
        assertThat(builder.build())
                .hasToString("fail after 2, recover after 3 checks, one every PT30S, dwell PT5M to PT2H,"
                        + " half-life PT4H");
    }

    @Test
    void aBuilderMadeFromAPolicyBuildsTheSame() {
        FailoverPolicy policy = builder.failAfter(1)
                .recoverAfter(1000)
                .checkEvery(Duration.ofMillis(100))
                .dwell(Duration.ZERO)
                .damping(Duration.ZERO, Duration.ofMinutes(1))
                .build();
        assertThat(policy.toBuilder().build()).usingRecursiveComparison().isEqualTo(policy);
        assertThat(policy)
                .hasToString("fail after 1, recover after 1000 checks, one every PT0.1S, dwell PT0S to PT1M,"
                        + " half-life PT0S");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1001})
    void countsOutOfRangeAreRefused(int count) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.failAfter(count))
                .withMessage("failover failAfter: '" + count + "' is out of range; give 1 to 1000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.recoverAfter(count))
                .withMessage("failover recoverAfter: '" + count + "' is out of range; give 1 to 1000");
    }

    @Test
    void timesOutOfRangeAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.checkEvery(Duration.ofMillis(99)))
                .withMessage("failover checkEvery: 'PT0.099S' is out of range; give PT0.1S to PT24H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.dwell(Duration.ofSeconds(-1)))
                .withMessage("failover dwell: 'PT-1S' is out of range; give PT0S to PT240000H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.damping(Duration.ofSeconds(-1), Duration.ofHours(1)))
                .withMessage("failover damping half-life: 'PT-1S' is out of range; give PT0S to PT240000H");
    }

    @Test
    void theLongestDwellIsNotBelowTheDwell() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.dwell(Duration.ofHours(3)))
                .withMessage("failover dwell: 'PT3H' is above the longest one PT2H; raise that first");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.damping(Duration.ofHours(1), Duration.ofMinutes(4)))
                .withMessage("failover damping longest: 'PT4M' is below the dwell PT5M; raise it");
        assertThat(builder.damping(Duration.ofHours(4), Duration.ofHours(9))
                        .dwell(Duration.ofHours(3))
                        .build()
                        .dwell())
                .isEqualTo(Duration.ofHours(3));
    }
}
