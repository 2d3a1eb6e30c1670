package dev.managedtunnel.internal.time;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.internal.time.Scheduler.Timer;
import dev.managedtunnel.testing.NoLeaks;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link NoLeaks} sees to it that each test leaves no scheduler thread behind. */
@ExtendWith(NoLeaks.class)
@Timeout(30)
class SystemSchedulerTest {
    private static final Duration NOW = Duration.ZERO;
    private static final Duration NEVER = Duration.ofDays(1);

    @Test
    void allTunnelsShareOneDaemonThread() throws Exception {
        try (SystemScheduler one = SystemScheduler.acquire();
                SystemScheduler other = SystemScheduler.acquire()) {
            Thread thread = threadOf(one);
            assertThat(threadOf(other)).isSameAs(thread);
            assertThat(thread.isDaemon()).isTrue();
            assertThat(thread.getName()).isEqualTo("tunnel-scheduler");
        }
    }

    @Test
    void theThreadLivesUntilTheLastIsClosed() throws Exception {
        SystemScheduler one = SystemScheduler.acquire();
        SystemScheduler other = SystemScheduler.acquire();
        Thread thread = threadOf(one);
        one.close();
        assertThat(threadOf(other)).isSameAs(thread);
        other.close();
        thread.join(10_000);
        assertThat(thread.isAlive()).isFalse();
    }

    @Test
    void closingTwiceTakesNothingFromTheOthers() throws Exception {
        SystemScheduler one = SystemScheduler.acquire();
        try (SystemScheduler other = SystemScheduler.acquire()) {
            one.close();
            one.close();
            assertThat(threadOf(other).isAlive()).isTrue();
        }
    }

    @Test
    void afterTheLastCloseANewOneStartsAfresh() throws Exception {
        Thread first;
        try (SystemScheduler one = SystemScheduler.acquire()) {
            first = threadOf(one);
        }
        try (SystemScheduler two = SystemScheduler.acquire()) {
            assertThat(threadOf(two)).isNotSameAs(first);
        }
    }

    @Test
    void timersRunInTheOrderOfTheirTimes() throws Exception {
        try (SystemScheduler scheduler = SystemScheduler.acquire()) {
            List<String> order = new CopyOnWriteArrayList<>();
            CountDownLatch done = new CountDownLatch(1);
            scheduler.schedule(Duration.ofMillis(20), () -> {
                order.add("late");
                done.countDown();
            });
            scheduler.schedule(Duration.ofMillis(1), () -> order.add("early"));
            assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(order).containsExactly("early", "late");
        }
    }

    @Test
    void aTimerThatWasTakenBackDoesNotRun() throws Exception {
        try (SystemScheduler scheduler = SystemScheduler.acquire()) {
            AtomicBoolean ran = new AtomicBoolean();
            CountDownLatch busy = new CountDownLatch(1);
            scheduler.schedule(NOW, () -> awaitQuietly(busy));
            Timer timer = scheduler.schedule(NOW, () -> ran.set(true));
            timer.cancel();
            timer.cancel();
            busy.countDown();
            threadOf(scheduler);
            assertThat(ran).isFalse();
        }
    }

    @Test
    void aTaskThatThrowsDoesNotEndTheThread() throws Exception {
        try (SystemScheduler scheduler = SystemScheduler.acquire()) {
            Thread thread = threadOf(scheduler);
            scheduler.schedule(NOW, () -> {
                throw new AssertionError("on purpose");
            });
            assertThat(threadOf(scheduler)).isSameAs(thread);
        }
    }

    @Test
    void schedulingAfterTheCloseIsHarmless() {
        SystemScheduler scheduler = SystemScheduler.acquire();
        scheduler.close();
        AtomicBoolean ran = new AtomicBoolean();
        Timer timer = scheduler.schedule(NOW, () -> ran.set(true));
        timer.cancel();
        assertThat(ran).isFalse();
    }

    @Test
    void closingDropsWhatWaits() {
        AtomicBoolean ran = new AtomicBoolean();
        SystemScheduler scheduler = SystemScheduler.acquire();
        scheduler.schedule(NEVER, () -> ran.set(true));
        scheduler.close();
        assertThat(ran).isFalse();
    }

    @Test
    void manyThreadsMayAcquireAndCloseAtOnce() {
        IntStream.range(0, 200).parallel().forEach(i -> {
            try (SystemScheduler scheduler = SystemScheduler.acquire()) {
                assertThat(threadOf(scheduler).getName()).isEqualTo("tunnel-scheduler");
            } catch (Exception failed) {
                throw new AssertionError(failed);
            }
        });
    }

    @Test
    void itsClocksAreThoseOfTheMachine() {
        try (SystemScheduler scheduler = SystemScheduler.acquire()) {
            long before = System.nanoTime();
            assertThat(scheduler.nanoTime() - before)
                    .isBetween(0L, Duration.ofSeconds(10).toNanos());
            assertThat(Duration.between(Instant.now(), scheduler.now()).abs()).isLessThan(Duration.ofSeconds(10));
        }
    }

    /** Also waits until all that was due before has run. */
    private static Thread threadOf(SystemScheduler scheduler) throws Exception {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        scheduler.schedule(NOW, () -> thread.complete(Thread.currentThread()));
        return thread.get(10, TimeUnit.SECONDS);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
