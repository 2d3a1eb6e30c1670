package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestartPolicyTest {
    private static final Duration HUGE = Duration.ofSeconds(Long.MAX_VALUE);

    private final RestartPolicy.Builder builder = RestartPolicy.builder();

    @Test
    void theDefaultsAreThoseOfTheDocumentation() {
        assertThat(builder.build())
                .hasToString("gate PT0S, backoff PT0.5S to PT30S x 2.0 +- 0.2, spacing PT1S, proven after PT10S,"
                        + " starts unlimited, drain PT30S");
        assertThat(builder.build().failFast()).isTrue();
        assertThat(builder.build().retryPermanentOnceUp()).isTrue();
    }

    @Test
    void aBuilderMadeFromAPolicyBuildsTheSame() {
        RestartPolicy policy = builder.gateTime(Duration.ofSeconds(5))
                .backoff(Duration.ofMillis(1), Duration.ofMillis(1))
                .factor(1)
                .jitter(0)
                .minSpacing(Duration.ofMinutes(1))
                .provenAfter(Duration.ofSeconds(3))
                .maxStarts(4)
                .maxSessionAge(Duration.ofHours(1))
                .drain(Duration.ZERO)
                .failFast(false)
                .retryPermanentOnceUp(false)
                .build();
        assertThat(policy)
                .hasToString("gate PT5S, backoff PT0.001S to PT0.001S x 1.0 +- 0.0, spacing PT1M, proven after PT3S,"
                        + " starts 4, replaced after PT1H, drain PT0S");
        assertThat(policy.toBuilder().build()).usingRecursiveComparison().isEqualTo(policy);
    }

    @Test
    void aPolicyIsASnapshotOfItsBuilder() {
        RestartPolicy before = builder.build();
        builder.maxStarts(1).factor(9).build();
        assertThat(before)
                .usingRecursiveComparison()
                .isEqualTo(RestartPolicy.builder().build());
    }

    @Test
    void aSessionIsProvenAfterTheGateTimeButNotBeforeTenSeconds() {
        assertThat(builder.gateTime(Duration.ofSeconds(3)).build().provenAfter())
                .isEqualTo(Duration.ofSeconds(10));
        assertThat(builder.gateTime(Duration.ofSeconds(30)).build().provenAfter())
                .isEqualTo(Duration.ofSeconds(30));
        assertThat(builder.provenAfter(Duration.ZERO).build().provenAfter()).isZero();
    }

    @Test
    void theProvenTimeStillFollowsTheGateTimeInACopy() {
        RestartPolicy copy = RestartPolicy.builder().build().toBuilder()
                .gateTime(Duration.ofMinutes(1))
                .build();
        assertThat(copy.provenAfter()).isEqualTo(Duration.ofMinutes(1));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.99, -1, 100.01, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void aFactorOutOfRangeIsRefused(double factor) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.factor(factor))
                .withMessage("restart factor: '" + factor + "' is out of range; give 1 to 100");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.01, 0.995, 1, 20, Double.NaN, Double.POSITIVE_INFINITY})
    void aJitterOutOfRangeIsRefused(double jitter) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.jitter(jitter))
                .withMessage("restart jitter: '" + jitter + "' is out of range; give 0 to 0.99");
    }

    @Test
    void theEndsOfTheRangesAreAllowed() {
        assertThat(builder.factor(1).factor(100).jitter(0).jitter(0.99).build().jitter())
                .isEqualTo(0.99);
    }

    @Test
    void aCapBelowTheFirstDelayIsRefusedAndChangesNothing() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.backoff(Duration.ofSeconds(30), Duration.ofMillis(500)))
                .withMessage("restart backoff cap: 'PT0.5S' is below the first delay PT30S; swap or raise it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.backoff(Duration.ofSeconds(1), HUGE))
                .withMessageEndingWith("is out of range; give PT0.001S to PT240000H");
        assertThat(builder.build().firstDelay()).isEqualTo(Duration.ofMillis(500));
        assertThat(builder.build().maxDelay()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void aDelayOfNothingIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.backoff(Duration.ZERO, Duration.ZERO))
                .withMessage("restart backoff first: 'PT0S' is out of range; give PT0.001S to PT240000H");
    }

    @Test
    void timesOutOfRangeAreRefused() {
        Duration negative = Duration.ofSeconds(-1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.gateTime(negative))
                .withMessage("restart gateTime: 'PT-1S' is out of range; give PT0S to PT240000H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.minSpacing(negative))
                .withMessage("restart minSpacing: 'PT-1S' is out of range; give PT0S to PT240000H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.provenAfter(negative))
                .withMessage("restart provenAfter: 'PT-1S' is out of range; give PT0S to PT240000H");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.gateTime(HUGE));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.minSpacing(HUGE));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.provenAfter(HUGE));
    }

    @Test
    void sessionsAreNotReplacedUnlessAskedToAndNeverAllTheTime() {
        RestartPolicy usual = builder.build();
        assertThat(usual.maxSessionAge()).isZero();
        assertThat(usual.drain()).isEqualTo(Duration.ofSeconds(30));
        assertThat(usual.toString()).endsWith("starts unlimited, drain PT30S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.maxSessionAge(Duration.ofMillis(999)))
                .withMessage("restart maxSessionAge: 'PT0.999S' is out of range; give PT1S to PT240000H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.drain(Duration.ofSeconds(-1)))
                .withMessage("restart drain: 'PT-1S' is out of range; give PT0S to PT240000H");
    }

    @Test
    void aNegativeNumberOfStartsIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.maxStarts(-1))
                .withMessage("restart maxStarts: '-1' is out of range; give 0 to 2147483647");
        assertThat(builder.maxStarts(RestartPolicy.UNLIMITED).build().maxStarts())
                .isZero();
    }
}
