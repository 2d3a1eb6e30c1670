package dev.managedtunnel.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.internal.time.FakeScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WatchdogTest {
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final FakeScheduler time = new FakeScheduler();
    private final List<Long> pings = new ArrayList<>();
    private final List<Long> deaths = new ArrayList<>();
    private double chance;
    private long received;
    private boolean answering;
    private final Watchdog watchdog = new Watchdog(
            KeepAlive.every(INTERVAL).missed(3),
            time,
            () -> chance,
            () -> received,
            this::ping,
            () -> deaths.add(seconds()));

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
    void pings_after_each_silent_interval_and_gives_up_after_the_allowed_number_of_them() {
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
    void an_answered_ping_starts_the_count_anew_so_that_it_lives_for_ever() {
        answering = true;
        watchdog.start();
        advance(100_000);
        assertThat(deaths).isEmpty();
        assertThat(pings.size()).isBetween(9_990, 10_000);
    }

    @Test
    void any_byte_proves_life_and_puts_the_next_ping_off() {
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
    void one_lost_answer_is_no_death() {
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
    void a_machine_that_slept_asks_at_once_and_counts_nothing() {
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
    void a_peer_that_died_while_the_machine_slept_is_found_out_soon_after() {
        watchdog.start();
        advance(25);
        time.sleep(Duration.ofHours(8));
        advance(10);
        assertThat(deaths).hasSize(1);
    }

    @Test
    void a_late_tick_finds_the_byte_that_came_before_it() {
        watchdog.start();
        advance(5);
        received = time.nanoTime();
        time.sleep(Duration.ofSeconds(14));
        advance(0);
        assertThat(pings).as("silent for 14 s").hasSize(1);
        assertThat(deaths).isEmpty();
    }

    @Test
    void ticks_vary_but_death_never_comes_later_than_promised() {
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
                            () -> died.add(clock.nanoTime()))
                    .start();
            clock.advance(Duration.ofSeconds(30));
            assertThat(died).hasSize(1);
            assertThat(Duration.ofNanos(died.get(0))).isBetween(Duration.ofMillis(28_500), Duration.ofSeconds(30));
        }
    }

    @Test
    void it_works_while_a_ping_is_stuck() {
        Watchdog stuck = new Watchdog(
                KeepAlive.every(INTERVAL).missed(2),
                time,
                () -> chance,
                () -> 0,
                () -> {},
                () -> deaths.add(seconds()));
        stuck.start();
        advance(20);
        assertThat(deaths).containsExactly(20L);
    }

    @Test
    void stopped_it_leaves_no_timer_and_does_nothing_more() {
        watchdog.start();
        advance(15);
        watchdog.stop();
        watchdog.stop();
        assertThat(time.pending()).isZero();
        advance(1000);
        assertThat(pings).containsExactly(10L);
        assertThat(deaths).isEmpty();
    }
}
