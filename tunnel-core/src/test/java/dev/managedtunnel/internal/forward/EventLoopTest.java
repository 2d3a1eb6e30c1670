package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.testing.NoLeaks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(60)
@ExtendWith(NoLeaks.class)
class EventLoopTest {
    private final CompletableFuture<Throwable> death = new CompletableFuture<>();
    private EventLoop loop;
    private Pipe pipe;

    @BeforeEach
    void start() throws IOException {
        loop = new EventLoop("tunnel-test-loop", death::complete);
        pipe = Pipe.open();
        pipe.source().configureBlocking(false);
    }

    @AfterEach
    void end() throws IOException {
        loop.execute(loop::stop);
        loop.awaitEnd(Duration.ofSeconds(5));
        pipe.source().close();
        pipe.sink().close();
    }

    @Test
    void runsTasksOfManyThreadsEachInTheirOrder() throws Exception {
        loop.start();
        int[] lastOf = new int[4];
        int each = 10_000;
        CountDownLatch done = new CountDownLatch(lastOf.length * each);
        for (int t = 0; t < lastOf.length; t++) {
            int thread = t;
            new Thread(
                            () -> {
                                for (int i = 1; i <= each; i++) {
                                    int number = i;
                                    loop.execute(() -> {
                                        if (lastOf[thread] == number - 1 && loop.isCurrent()) {
                                            lastOf[thread] = number;
                                        }
                                        done.countDown();
                                    });
                                }
                            },
                            "fixture-teller")
                    .start();
        }
        assertThat(done.await(20, TimeUnit.SECONDS)).as("no task is lost").isTrue();
        assertThat(lastOf).containsOnly(each);
    }

    @Test
    void survivesATaskThatThrows() throws Exception {
        CompletableFuture<Void> next = new CompletableFuture<>();
        loop.start();
        loop.execute(() -> {
            throw new IllegalStateException("made up");
        });
        loop.execute(() -> next.complete(null));
        next.get(10, TimeUnit.SECONDS);
    }

    @Test
    void handsWhatAHandlerThrowsBackToItAndGoesOn() throws Exception {
        CompletableFuture<Exception> failure = new CompletableFuture<>();
        SelectionKey[] key = new SelectionKey[1];
        key[0] = loop.register(pipe.source(), SelectionKey.OP_READ, new EventLoop.Handler() {
            @Override
            public void ready(int operations) throws IOException {
                throw new IOException("made up");
            }

            @Override
            public void failed(Exception why) {
                key[0].cancel();
                failure.complete(why);
                throw new IllegalStateException("a bug on top");
            }
        });
        loop.start();
        pipe.sink().write(ByteBuffer.wrap(new byte[1]));
        assertThat(failure.get(10, TimeUnit.SECONDS)).hasMessage("made up");
        CompletableFuture<Void> next = new CompletableFuture<>();
        loop.execute(() -> next.complete(null));
        next.get(10, TimeUnit.SECONDS);
    }

    @Test
    void doesNotCallAHandlerForWhatATaskOfTheSameRoundTookBack() throws Exception {
        CompletableFuture<Integer> called = new CompletableFuture<>();
        CountDownLatch written = new CountDownLatch(1);
        SelectionKey key = loop.register(pipe.source(), SelectionKey.OP_READ, new EventLoop.Handler() {
            @Override
            public void ready(int operations) {
                called.complete(operations);
            }

            @Override
            public void failed(Exception why) {
                called.completeExceptionally(why);
            }
        });
        CompletableFuture<Void> later = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                // the key becomes ready while the loop is busy, and the next round begins with the task below
                written.await();
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
            loop.execute(() -> key.interestOps(0));
            loop.execute(() -> loop.execute(() -> later.complete(null)));
        });
        loop.start();
        pipe.sink().write(ByteBuffer.wrap(new byte[1]));
        written.countDown();
        later.get(10, TimeUnit.SECONDS);
        assertThat(called).isNotDone();
    }

    @Test
    void saysSoWhenAnErrorEndsIt() throws Exception {
        loop.register(pipe.source(), SelectionKey.OP_READ, new EventLoop.Handler() {
            @Override
            public void ready(int operations) {
                throw new StackOverflowError("made up");
            }

            @Override
            public void failed(Exception why) {}
        });
        loop.start();
        pipe.sink().write(ByteBuffer.wrap(new byte[1]));
        assertThat(death.get(10, TimeUnit.SECONDS)).isInstanceOf(StackOverflowError.class);
        loop.awaitEnd(Duration.ofSeconds(5));
        assertThat(pipe.source().isOpen()).isFalse();
        assertThat(loop.execute(() -> {})).isFalse();
    }

    @Test
    void takesNoTaskAfterItsEndAndDropsNoneBefore() throws Exception {
        loop.start();
        CompletableFuture<Void> afterStop = new CompletableFuture<>();
        loop.execute(() -> {
            loop.stop();
            loop.execute(() -> afterStop.complete(null));
        });
        afterStop.get(10, TimeUnit.SECONDS);
        loop.awaitEnd(Duration.ofSeconds(5));
        assertThat(loop.execute(() -> {})).isFalse();
    }
}
