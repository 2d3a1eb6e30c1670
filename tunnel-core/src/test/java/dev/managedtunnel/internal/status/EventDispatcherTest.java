package dev.managedtunnel.internal.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelListener;
import dev.managedtunnel.TunnelState;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class EventDispatcherTest {
    private final Queue<Runnable> work = new ArrayDeque<>();
    private final List<String> seen = new ArrayList<>();
    private final EventDispatcher events = dispatcher(listener("a"));

    private EventDispatcher dispatcher(TunnelListener... listeners) {
        return new EventDispatcher("t", work::add, List.of(listeners));
    }

    private TunnelListener listener(String name) {
        return event -> seen.add(name + detail(event));
    }

    private static String detail(TunnelEvent event) {
        return ((TunnelEvent.ConnectionFailed) event).detail();
    }

    private static TunnelEvent event(int number) {
        return new TunnelEvent.ConnectionFailed(
                "t", Instant.EPOCH, "db", ConnectionOutcome.BROKEN, String.valueOf(number));
    }

    private void runWork() {
        while (!work.isEmpty()) {
            work.remove().run();
        }
    }

    @Test
    void publishingOnlyQueues() {
        events.publish(event(1));
        assertThat(seen).isEmpty();
        runWork();
        assertThat(seen).containsExactly("a1");
    }

    @Test
    void eventsComeInOrderFromOneTaskHoweverManyWait() {
        for (int i = 1; i <= 5; i++) {
            events.publish(event(i));
        }
        assertThat(work).hasSize(1);
        runWork();
        assertThat(seen).containsExactly("a1", "a2", "a3", "a4", "a5");
        events.publish(event(6));
        runWork();
        assertThat(seen).endsWith("a6");
    }

    @Test
    void eachListenerGetsEachEventInTheOrderInWhichTheyWereAdded() {
        events.add(listener("b"));
        events.publish(event(1));
        events.publish(event(2));
        runWork();
        assertThat(seen).containsExactly("a1", "b1", "a2", "b2");
    }

    @Test
    void aListenerAddedLaterGetsWhatHappensFromThenOn() {
        events.publish(event(1));
        events.add(listener("b"));
        events.publish(event(2));
        runWork();
        assertThat(seen).containsExactly("a1", "a2", "b2");
    }

    @Test
    void withoutAListenerNothingIsDone() {
        dispatcher().publish(event(1));
        assertThat(work).isEmpty();
    }

    @Test
    void aListenerThatThrowsHarmsNeitherTheOthersNorTheNextEvent() {
        EventDispatcher fragile = dispatcher(
                event -> {
                    throw new IllegalStateException("a bug in the application");
                },
                event -> {
                    throw new AssertionError("another");
                },
                listener("c"));
        fragile.publish(event(1));
        fragile.publish(event(2));
        runWork();
        assertThat(seen).containsExactly("c1", "c2");
    }

    @Test
    void aListenerThatPublishesIsNotCalledWithinItself() {
        List<String> depth = new ArrayList<>();
        EventDispatcher[] self = new EventDispatcher[1];
        self[0] = dispatcher(event -> {
            depth.add("in" + detail(event));
            if (detail(event).equals("1")) {
                self[0].publish(event(2));
            }
            depth.add("out" + detail(event));
        });
        self[0].publish(event(1));
        runWork();
        assertThat(depth).containsExactly("in1", "out1", "in2", "out2");
    }

    @Test
    void aStormOfFailedConnectionsIsBoundedButNoOtherEventIsLost() {
        List<TunnelEvent> delivered = new ArrayList<>();
        EventDispatcher slow = dispatcher(delivered::add);
        TunnelEvent lost = new TunnelEvent.StateChanged("t", Instant.EPOCH, TunnelState.UP, TunnelState.CLOSED, null);
        for (int i = 0; i < 5000; i++) {
            slow.publish(event(i));
        }
        slow.publish(lost);
        runWork();
        assertThat(delivered).hasSize(1001).endsWith(lost);
        slow.publish(event(1));
        runWork();
        assertThat(delivered).hasSize(1002);
    }

    @Test
    @Timeout(30)
    void manyThreadsPublishAndOneEventIsDeliveredAtATime() throws Exception {
        int threads = 4;
        int each = 200; // together below the bound
        ExecutorService workers = Executors.newCachedThreadPool();
        ExecutorService publishers = Executors.newFixedThreadPool(threads);
        List<String> delivered = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(threads * each);
        EventDispatcher busy = new EventDispatcher("t", workers, List.of(event -> {
            if (inside.getAndIncrement() != 0) {
                overlaps.incrementAndGet();
            }
            delivered.add(detail(event));
            inside.decrementAndGet();
            all.countDown();
        }));
        for (int thread = 0; thread < threads; thread++) {
            int first = thread * each;
            publishers.execute(() -> {
                for (int i = first; i < first + each; i++) {
                    busy.publish(event(i));
                }
            });
        }
        assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
        publishers.shutdownNow();
        workers.shutdownNow();
        assertThat(overlaps).hasValue(0);
        assertThat(delivered).hasSize(threads * each).doesNotHaveDuplicates();
        for (int thread = 0; thread < threads; thread++) {
            int first = thread * each;
            assertThat(delivered.stream().map(Integer::valueOf).filter(i -> i >= first && i < first + each))
                    .as("those of one thread")
                    .isSorted();
        }
    }
}
