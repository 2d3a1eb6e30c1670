package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParkingTest {
    @Test
    void aNumberAloneKeepsTheDefaultTime() {
        assertThat(Parking.upTo(7)).hasToString("up to 7 for at most PT30S");
    }

    @Test
    void aChangeMakesACopy() {
        Parking parking = Parking.upTo(7);
        assertThat(parking.forAtMost(Duration.ofMillis(1)).longest()).isEqualTo(Duration.ofMillis(1));
        assertThat(parking.longest()).isEqualTo(Duration.ofSeconds(30));
        assertThat(parking.limit()).isEqualTo(7);
    }

    @Test
    void offParksNothing() {
        assertThat(Parking.off().limit()).isZero();
        assertThat(Parking.off().longest()).isZero();
        assertThat(Parking.off()).hasToString("off");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 100_001})
    void aNumberOutOfRangeIsRefused(int limit) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Parking.upTo(limit))
                .withMessage("parking limit: '" + limit + "' is out of range; give 1 to 100000");
    }

    @Test
    void aTimeOutOfRangeIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Parking.upTo(7).forAtMost(Duration.ZERO))
                .withMessage("parking time: 'PT0S' is out of range; give PT0.001S to PT240000H");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Parking.upTo(7).forAtMost(Duration.ofSeconds(Long.MAX_VALUE)));
    }
}
