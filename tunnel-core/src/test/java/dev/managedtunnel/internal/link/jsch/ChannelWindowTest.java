package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.internal.time.FakeScheduler;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ChannelWindowTest {
    private static final int MIB = 1024 * 1024;
    private static final int PORTION = ChannelWindow.INITIAL / 16;
    private static final Duration ROUND_TRIP = Duration.ofMillis(50);

    private final FakeScheduler clock = new FakeScheduler();
    private final ChannelWindow.Budget budget = new ChannelWindow.Budget(16 * MIB, 100 * MIB);
    private final ChannelWindow window = window(budget);

    private ChannelWindow window(ChannelWindow.Budget shared) {
        return new ChannelWindow(shared, clock::nanoTime, ROUND_TRIP::toNanos);
    }

    private ChannelWindow windowOf(Duration roundTrip) {
        return new ChannelWindow(budget, clock::nanoTime, roundTrip::toNanos);
    }

    /** The target sends what it may and the consumer takes it in portions, all of it in that time; returns the credit. */
    private long take(ChannelWindow of, long bytes, Duration time) {
        long credit = 0;
        Duration step = time.multipliedBy(PORTION).dividedBy(bytes);
        for (long taken = 0; taken < bytes; taken += PORTION) {
            clock.advance(step);
            assertThat(of.received(PORTION)).isTrue();
            credit += of.consumed(PORTION);
        }
        return credit;
    }

    @Test
    void givesCreditInPortionsOfASixteenth() {
        clock.advance(ROUND_TRIP.multipliedBy(2));
        assertThat(window.consumed(PORTION - 1)).isZero();
        assertThat(window.consumed(1)).isEqualTo(PORTION);
        assertThat(window.consumed(3 * PORTION)).isEqualTo(3 * PORTION);
    }

    @Test
    void givesCreditForHalfOfItOnAShortLink() {
        ChannelWindow here = windowOf(Duration.ofNanos(999_999));
        assertThat(here.consumed(ChannelWindow.INITIAL / 2 - 1)).isZero();
        assertThat(here.consumed(1)).isEqualTo(ChannelWindow.INITIAL / 2);
    }

    @Test
    void givesCreditEarlyWhileNobodyKnowsWhetherTheLinkIsShort() {
        assertThat(windowOf(Duration.ZERO).consumed(PORTION)).isEqualTo(PORTION);
    }

    @Test
    void refusesWhatWasNotAllowed() {
        assertThat(window.received(ChannelWindow.INITIAL)).isTrue();
        assertThat(window.received(1)).isFalse();
    }

    @Test
    void doublesUpToTheLargestWhenHalfOfItIsTakenInARoundTrip() {
        long grown = 0;
        for (int i = 0; i < 20; i++) {
            grown += take(window, 16 * MIB, ROUND_TRIP) - 16 * MIB;
        }
        assertThat(grown).isEqualTo(14 * MIB);
    }

    @Test
    void staysWhenTheConsumerTakesLessThanHalfInARoundTrip() {
        assertThat(take(window, 50 * MIB, ROUND_TRIP.multipliedBy(51))).isEqualTo(50 * MIB);
    }

    @Test
    void doesNotGrowForAConsumerThatIsFastNowAndThen() {
        for (int i = 0; i < 50; i++) {
            assertThat(take(window, MIB / 2, ROUND_TRIP.dividedBy(2))).isEqualTo(MIB / 2);
            clock.advance(ROUND_TRIP.multipliedBy(2));
        }
    }

    @Test
    void staysWhereAConsumerThatHadToWaitForAProcessorTakesAWholeWindowAtOnce() {
        ChannelWindow here = windowOf(Duration.ofMillis(1));
        for (int i = 0; i < 50; i++) {
            assertThat(take(here, 2 * MIB, Duration.ofNanos(400_000))).isEqualTo(2 * MIB);
            clock.advance(Duration.ofMillis(5));
        }
    }

    @Test
    void growsOnAShortLinkWhereTheConsumerGoesOnTakingHalfInARoundTrip() {
        assertThat(take(windowOf(Duration.ofMillis(1)), 100 * MIB, Duration.ofMillis(99)))
                .isGreaterThan(100 * MIB);
    }

    @Test
    void growsNoFurtherThanTheBudgetOfAllAndGivesItBackAtItsEnd() {
        ChannelWindow.Budget small = new ChannelWindow.Budget(16 * MIB, 3 * MIB);
        ChannelWindow first = window(small);
        // A larger window gives credit in larger portions: the last one is still owed.
        assertThat(take(first, 64 * MIB, ROUND_TRIP)).isEqualTo(67 * MIB - PORTION);
        ChannelWindow second = window(small);
        assertThat(take(second, 64 * MIB, ROUND_TRIP)).isEqualTo(64 * MIB);
        first.release();
        first.release();
        assertThat(take(second, 64 * MIB, ROUND_TRIP)).isEqualTo(67 * MIB - PORTION);
    }
}
