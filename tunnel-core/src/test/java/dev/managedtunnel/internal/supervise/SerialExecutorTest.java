package dev.managedtunnel.internal.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SerialExecutorTest {
    private final SerialExecutor serial = new SerialExecutor();
    private final List<String> seen = new ArrayList<>();

    @Test
    void runsTasksAtOnceInOrderOnTheCallersThread() {
        serial.execute(() -> seen.add("1 on " + Thread.currentThread().getName()));
        serial.execute(() -> seen.add("2"));
        assertThat(seen).containsExactly("1 on " + Thread.currentThread().getName(), "2");
    }

    @Test
    void aTaskGivenWithinATaskRunsAfterIt() {
        serial.execute(() -> {
            serial.execute(() -> {
                serial.execute(() -> seen.add("inmost"));
                seen.add("inner");
            });
            seen.add("outer");
        });
        assertThat(seen).containsExactly("outer", "inner", "inmost");
    }

    @Test
    void aLongChainOfTasksNeedsNoDeepStack() {
        int[] left = {100_000};
        Runnable[] again = new Runnable[1];
        again[0] = () -> {
            if (--left[0] > 0) {
                serial.execute(again[0]);
            }
        };
        serial.execute(again[0]);
        assertThat(left[0]).isZero();
    }

    @Test
    void aTaskThatThrowsIsReported() {
        List<Throwable> bugs = new ArrayList<>();
        AssertionError bug = new AssertionError("on purpose");
        new SerialExecutor(bugs::add).execute(() -> {
            throw bug;
        });
        assertThat(bugs).containsExactly(bug);
    }

    @Test
    void aTaskThatThrowsDoesNotStopTheRest() {
        serial.execute(() -> {
            serial.execute(() -> {
                throw new AssertionError("on purpose");
            });
            serial.execute(() -> seen.add("behind"));
            throw new IllegalStateException("on purpose");
        });
        serial.execute(() -> seen.add("later"));
        assertThat(seen).containsExactly("behind", "later");
    }

    @Test
    void whoIsInsideIsKnown() throws Exception {
        assertThatIllegalStateException()
                .isThrownBy(serial::requireEntered)
                .withMessage("outside of the serial executor");
        AtomicReference<@Nullable Throwable> inside = new AtomicReference<>();
        AtomicReference<@Nullable Throwable> elsewhere = new AtomicReference<>();
        serial.execute(() -> {
            inside.set(catchThrowable(serial::requireEntered));
            Thread other = new Thread(() -> elsewhere.set(catchThrowable(serial::requireEntered)));
            other.start();
            join(other);
        });
        assertThat(inside.get()).isNull();
        assertThat(elsewhere.get()).isInstanceOf(IllegalStateException.class);
        assertThat(catchThrowable(serial::requireEntered)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aSecondThreadLeavesItsTaskToTheFirst() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch given = new CountDownLatch(1);
        List<Thread> ranOn = new ArrayList<>();
        Thread first = new Thread(() -> serial.execute(() -> {
            inside.countDown();
            await(given);
            ranOn.add(Thread.currentThread());
        }));
        first.start();
        inside.await();
        serial.execute(() -> ranOn.add(Thread.currentThread()));
        given.countDown();
        first.join();
        assertThat(ranOn).containsExactly(first, first);
    }

    @Test
    void manyThreadsNeverRunTwoTasksAtOnceAndKeepTheirOwnOrder() throws Exception {
        int threads = 4;
        int each = 50_000;
        // Not thread-safe on purpose: a lost update or a torn list would show.
        int[] counter = {0};
        int[][] last = new int[threads][1];
        List<String> disorder = new ArrayList<>();
        ExecutorService callers = Executors.newFixedThreadPool(threads);
        CountDownLatch done = new CountDownLatch(threads);
        for (int thread = 0; thread < threads; thread++) {
            int self = thread;
            callers.execute(() -> {
                for (int i = 1; i <= each; i++) {
                    int number = i;
                    serial.execute(() -> {
                        counter[0]++;
                        if (last[self][0] != number - 1) {
                            disorder.add(self + ": " + number + " after " + last[self][0]);
                        }
                        last[self][0] = number;
                    });
                }
                done.countDown();
            });
        }
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        callers.shutdown();
        assertThat(callers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        assertThat(disorder).isEmpty();
        assertThat(counter[0]).isEqualTo(threads * each);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
