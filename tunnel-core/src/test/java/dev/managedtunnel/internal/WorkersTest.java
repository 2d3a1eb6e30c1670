package dev.managedtunnel.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.testing.NoLeaks;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
@Timeout(30)
class WorkersTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int POOL = 64;

    private final Workers workers = new Workers("tunnel-orders-worker", 64);

    @Test
    void runsTasksOnNamedDaemonThreads() throws Exception {
        Thread thread = ask(Thread::currentThread);
        assertThat(thread.getName()).startsWith("tunnel-orders-worker-");
        assertThat(thread.isDaemon()).isTrue();
        assertThat(workers.close(SOON)).isTrue();
    }

    @Test
    @EnabledForJreRange(max = JRE.JAVA_23)
    void belowJava24TheyAreBoundedAndWhatIsBeyondWaits() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch full = new CountDownLatch(POOL);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(POOL + 20);
        for (int i = 0; i < POOL + 20; i++) {
            workers.execute(() -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                full.countDown();
                awaitQuietly(release);
                running.decrementAndGet();
                all.countDown();
            });
        }
        assertThat(full.await(10, TimeUnit.SECONDS)).isTrue();
        release.countDown();
        assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(most).hasValue(POOL);
        assertThat(workers.close(SOON)).isTrue();
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_24)
    void fromJava24OnTheyAreVirtualAndNeverWaitForEachOther() throws Exception {
        CountDownLatch allIn = new CountDownLatch(10 * POOL);
        for (int i = 0; i < 10 * POOL; i++) {
            workers.execute(() -> {
                allIn.countDown();
                awaitQuietly(allIn);
            });
        }
        assertThat(allIn.await(10, TimeUnit.SECONDS)).isTrue();
        // Thread.isVirtual is not there in the Java that this is compiled for.
        assertThat(ask(() -> Thread.currentThread().getThreadGroup().getName())).isEqualTo("VirtualThreads");
        assertThat(workers.close(SOON)).isTrue();
    }

    @Test
    void aTaskThatThrowsDoesNotStopTheNext() throws Exception {
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> {});
        try {
            workers.execute(() -> {
                throw new IllegalStateException("on purpose");
            });
            assertThat(ask(() -> "still here")).isEqualTo("still here");
            assertThat(workers.close(SOON)).isTrue();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void closeWaitsForWhatRuns() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        workers.execute(() -> {
            begun.countDown();
            awaitQuietly(release);
            ended.set(true);
        });
        begun.await();
        assertThat(workers.close(Duration.ofMillis(1))).isFalse();
        release.countDown();
        assertThat(workers.close(SOON)).isTrue();
        assertThat(ended).isTrue();
    }

    @Test
    void closeRunsWhatWasGivenBefore() {
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 3 * POOL; i++) {
            workers.execute(ran::incrementAndGet);
        }
        assertThat(workers.close(SOON)).isTrue();
        assertThat(ran).hasValue(3 * POOL);
    }

    @Test
    void aTaskAfterTheCloseIsDropped() {
        workers.close(SOON);
        AtomicBoolean ran = new AtomicBoolean();
        workers.execute(() -> ran.set(true));
        assertThat(ran).isFalse();
    }

    @Test
    void aWorkerThatClosesDoesNotWaitForItself() throws Exception {
        assertThat(ask(() -> workers.close(Duration.ofDays(1)))).isTrue();
        assertThat(workers.close(SOON)).isTrue();
    }

    @Test
    void onlyItsOwnThreadsAreCurrent() throws Exception {
        Workers others = new Workers("tunnel-others-worker", 64);
        assertThat(workers.isCurrent()).isFalse();
        assertThat(ask(workers::isCurrent)).isTrue();
        assertThat(ask(others::isCurrent)).isFalse();
        workers.close(SOON);
        others.close(SOON);
    }

    private <T> T ask(Supplier<T> question) throws Exception {
        CompletableFuture<T> answer = new CompletableFuture<>();
        workers.execute(() -> answer.complete(question.get()));
        return answer.get(10, TimeUnit.SECONDS);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
