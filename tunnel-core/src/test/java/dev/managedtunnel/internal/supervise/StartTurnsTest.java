package dev.managedtunnel.internal.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Gateway;
import dev.managedtunnel.internal.supervise.StartTurns.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StartTurnsTest {
    private final StartTurns turns = new StartTurns("turns test", 2);
    private final List<Integer> began = new ArrayList<>();

    private List<Turn> ask(int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(i -> turns.ask(() -> began.add(i)))
                .toList();
    }

    @Test
    void aFewBeginAtOnceAndTheOthersInTheOrderInWhichTheyCame() {
        List<Turn> all = ask(1, 5);
        assertThat(began).containsExactly(1, 2);
        all.get(1).end();
        assertThat(began).containsExactly(1, 2, 3);
        all.get(0).end();
        all.get(2).end();
        assertThat(began).containsExactly(1, 2, 3, 4, 5);
        all.get(3).end();
        assertThat(turns.isIdle()).isFalse();
        all.get(4).end();
        assertThat(turns.isIdle()).isTrue();
    }

    @Test
    void oneThatLeavesTheLineIsPassedOver() {
        List<Turn> all = ask(1, 5);
        all.get(2).end();
        all.get(3).end();
        all.get(0).end();
        assertThat(began).containsExactly(1, 2, 5);
        all.get(1).end();
        all.get(4).end();
        assertThat(turns.isIdle()).isTrue();
    }

    @Test
    void endingTwiceCountsOnce() {
        List<Turn> all = ask(1, 4);
        all.get(0).end();
        all.get(0).end();
        assertThat(began).containsExactly(1, 2, 3);
        all.get(3).end();
        all.get(3).end();
        all.get(1).end();
        all.get(2).end();
        assertThat(turns.isIdle()).isTrue();
        List<Turn> more = ask(5, 7);
        assertThat(began).as("a count that went astray").containsExactly(1, 2, 3, 5, 6);
        more.get(2).end();
        more.forEach(Turn::end);
        assertThat(turns.isIdle()).isTrue();
    }

    @Test
    void tunnelsToOneGatewayShareItsLineWhoeverLogsIn() {
        StartTurns ours = new StartTurns(Gateway.of("deploy", "turns.example.com", 22));
        StartTurns theirs = new StartTurns(Gateway.of("root", "Turns.Example.com", 22));
        StartTurns elsewhere = new StartTurns(Gateway.of("deploy", "turns.example.com", 2222));
        List<Turn> all = IntStream.range(0, StartTurns.AT_ONCE)
                .mapToObj(i -> ours.ask(() -> {}))
                .toList();
        Turn waits = theirs.ask(() -> began.add(1));
        Turn other = elsewhere.ask(() -> began.add(2));
        assertThat(began).containsExactly(2);
        all.get(0).end();
        assertThat(began).containsExactly(2, 1);
        all.forEach(Turn::end);
        waits.end();
        other.end();
        assertThat(ours.isIdle()).isTrue();
        assertThat(elsewhere.isIdle()).isTrue();
    }

    @Test
    void neverTooManyAndNoneForgottenHoweverManyThreadsAskAndLeave() throws Exception {
        int tasks = 20_000;
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(tasks);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int i = 0; i < tasks; i++) {
                threads.execute(() -> {
                    CompletableFuture<Turn> turn = new CompletableFuture<>();
                    turn.complete(turns.ask(() -> {
                        most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                        threads.execute(() -> {
                            underWay.decrementAndGet();
                            turn.join().end();
                            done.countDown();
                        });
                    }));
                    turns.ask(() -> {}).end();
                });
            }
            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            threads.shutdown();
        }
        assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        assertThat(most.get()).isEqualTo(2);
        assertThat(turns.isIdle()).isTrue();
    }

    private static StartTurns via(String host, String... jumpHosts) {
        Gateway way = null;
        for (String jumpHost : jumpHosts) {
            Gateway next = Gateway.of("jump", jumpHost, 22);
            way = way == null ? next : next.via(way);
        }
        return new StartTurns(Gateway.of("deploy", host, 22).via(Objects.requireNonNull(way)));
    }

    @Test
    void startsThroughOneJumpHostShareItsLineAndKeepThatOfTheirGateways() {
        StartTurns one = via("turns-a", "turns-edge");
        StartTurns two = via("turns-b", "turns-edge");
        StartTurns direct = new StartTurns(Gateway.of("x", "turns-a", 22));
        List<Turn> all = IntStream.range(0, StartTurns.AT_ONCE)
                .mapToObj(i -> one.ask(() -> {}))
                .toList();
        Turn waiting = two.ask(() -> began.add(1));
        Turn passing = direct.ask(() -> began.add(2));
        assertThat(began).as("the same name behind a jump host is another host").containsExactly(2);
        all.get(0).end();
        assertThat(began).containsExactly(2, 1);
        all.forEach(Turn::end);
        waiting.end();
        passing.end();
        assertThat(one.isIdle() && two.isIdle() && direct.isIdle()).isTrue();
    }

    @Test
    void manyStartsOverCrossingJumpHostsAllGetTheirTurn() throws Exception {
        List<StartTurns> ways = List.of(
                via("turns-x", "turns-y"),
                via("turns-y", "turns-x"),
                via("turns-z", "turns-x", "turns-y"),
                via("turns-z", "turns-y", "turns-x"));
        AtomicInteger ran = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(400);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int i = 0; i < 400; i++) {
                StartTurns way = ways.get(i % ways.size());
                boolean leaves = i % 7 == 0;
                threads.execute(() -> {
                    CompletableFuture<Turn> turn = new CompletableFuture<>();
                    turn.complete(way.ask(() -> threads.execute(() -> {
                        ran.incrementAndGet();
                        turn.join().end();
                    })));
                    if (leaves) {
                        turn.join().end();
                    }
                    done.countDown();
                });
            }
            assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
            org.awaitility.Awaitility.await().until(() -> ways.stream().allMatch(StartTurns::isIdle));
            assertThat(ran.get()).isBetween(400 - 400 / 7 - 1, 400);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void whatANameMeansBehindOneJumpHostItDoesNotMeanBehindAnother() {
        Gateway inner = Gateway.parse("deploy@inner");
        StartTurns one = new StartTurns(inner.via(Gateway.parse("jump@one")));
        StartTurns other = new StartTurns(inner.via(Gateway.parse("jump@other")));
        List<Turn> all = new ArrayList<>();
        for (int i = 0; i < StartTurns.AT_ONCE; i++) {
            all.add(one.ask(() -> began.add(1)));
        }
        all.add(other.ask(() -> began.add(2)));
        assertThat(began).endsWith(2);
        all.forEach(Turn::end);
    }
}
