package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Parking;
import dev.managedtunnel.internal.forward.Rig.Client;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.TestData;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many connections at once, from seeds. A failure names the seed; {@code -Dseed=…} replays its sizes and pauses. */
@Timeout(120)
@ExtendWith(NoLeaks.class)
class RelayStressTest {
    private static final int CONNECTIONS = 500;
    private static final int ANSWER = 50_000;

    private final long seed = Long.getLong("seed", System.nanoTime());

    /** What a client wants of its target, in the first byte. */
    private enum Wish {
        ECHO('e'),
        ANSWER_AT_END('a'),
        ANSWER_AND_CLOSE('c'),
        BREAK('b'),
        CLIENT_RESETS('r');

        private final char code;

        Wish(char code) {
            this.code = code;
        }

        static Wish of(byte code) {
            return Stream.of(values())
                    .filter(wish -> wish.code == code)
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void fiveHundredConnectionsWithAllKindsOfEndsLoseNothing() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink(RelayStressTest::behave));
            Wish[] wishes = Wish.values();
            List<Run> runs = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                Wish wish = wishes[i % wishes.length];
                long own = seed + i;
                runs.add(() -> live(rig, wish, new Random(own)));
            }
            runAll(runs);
            rig.awaitActive(0);
            int broken = CONNECTIONS / wishes.length;
            assertThat(rig.count(ConnectionOutcome.BROKEN)).isEqualTo(broken);
            assertThat(rig.count(ConnectionOutcome.SERVED) + rig.count(ConnectionOutcome.CLIENT_LEFT))
                    .isEqualTo(CONNECTIONS - broken);
            assertThat(rig.status().accepted()).isEqualTo(CONNECTIONS);
            Rig.until("all channels are closed", () -> link.live() == 0);
        }
    }

    @Test
    void whileSessionsComeAndGoEachConnectionIsWholeOrVisiblyBroken() throws Exception {
        try (Rig rig = new Rig(Parking.upTo(CONNECTIONS))) {
            AtomicInteger whole = new AtomicInteger();
            AtomicInteger broken = new AtomicInteger();
            FakeLink[] link = {rig.up(new FakeLink(RelayStressTest::behave))};
            AtomicInteger ended = new AtomicInteger();
            List<Run> runs = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                int number = i;
                runs.add(() -> {
                    try (Client client = rig.connect()) {
                        echo(client, new Random(seed + number));
                        whole.incrementAndGet();
                    } catch (SocketException reset) {
                        broken.incrementAndGet();
                    }
                    if (ended.incrementAndGet() % 20 == 0) {
                        synchronized (link) {
                            link[0].lose();
                            rig.forwarder.linkDown(link[0]);
                            link[0] = rig.up(new FakeLink(RelayStressTest::behave));
                        }
                    }
                });
            }
            runAll(runs);
            rig.awaitActive(0);
            rig.awaitWaiting(0);
            assertThat(whole.get() + broken.get()).isEqualTo(CONNECTIONS);
            assertThat(rig.count(ConnectionOutcome.SERVED)).isGreaterThanOrEqualTo(whole.get());
            assertThat(rig.status().accepted()).isEqualTo(CONNECTIONS);
        }
    }

    /** A client of one's own thread. */
    private interface Run {
        void run() throws IOException;
    }

    private void runAll(List<Run> runs) throws InterruptedException {
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (Run run : runs) {
            Thread thread = new Thread(
                    null,
                    () -> {
                        try {
                            go.await();
                            run.run();
                        } catch (Throwable thrown) {
                            failures.add(thrown);
                        }
                    },
                    "fixture-client",
                    128 * 1024);
            thread.start();
            threads.add(thread);
        }
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).as("seed %d", seed).isEmpty();
    }

    private static void live(Rig rig, Wish wish, Random random) throws IOException {
        try (Client client = rig.connect()) {
            switch (wish) {
                case ECHO -> echo(client, random);
                case ANSWER_AT_END -> {
                    sendSlowly(client, bytes(wish, random), random);
                    client.sendEof();
                    assertThat(TestData.sha256(client.readAll())).isEqualTo(TestData.sha256(9, ANSWER));
                }
                case ANSWER_AND_CLOSE -> {
                    sendSlowly(client, bytes(wish, random), random);
                    assertThat(TestData.sha256(client.readAll())).isEqualTo(TestData.sha256(9, ANSWER));
                }
                case BREAK -> {
                    try {
                        sendSlowly(client, bytes(wish, random), random);
                        assertThat(client.end()).isEqualTo(Rig.End.RESET);
                    } catch (SocketException reset) {
                        // seen by a write already
                    }
                }
                case CLIENT_RESETS -> {
                    sendSlowly(client, bytes(wish, random), random);
                    client.reset();
                }
            }
        }
    }

    private static void echo(Client client, Random random) throws IOException {
        byte[] sent = bytes(Wish.ECHO, random);
        sendSlowly(client, sent, random);
        client.sendEof();
        assertThat(TestData.sha256(client.readAll())).isEqualTo(TestData.sha256(sent));
    }

    private static byte[] bytes(Wish wish, Random random) {
        byte[] bytes = TestData.bytes(random.nextLong(), 1 + random.nextInt(200_000));
        bytes[0] = (byte) wish.code;
        return bytes;
    }

    private static void sendSlowly(Client client, byte[] bytes, Random random) throws IOException {
        int at = 0;
        while (at < bytes.length) {
            int piece = Math.min(bytes.length - at, 1 + random.nextInt(60_000));
            client.send(Arrays.copyOfRange(bytes, at, at + piece));
            at += piece;
            if (random.nextInt(4) == 0) {
                LockSupport.parkNanos(random.nextInt(2_000_000));
            }
        }
    }

    /** The target: does as the first byte wishes. */
    private static void behave(FakeChannel channel) {
        channel.onData = first -> {
            switch (Wish.of(first[0])) {
                case ECHO -> {
                    channel.onData = channel::send;
                    channel.onEof = channel::sendEofToClient;
                    channel.send(first);
                }
                case ANSWER_AT_END -> {
                    channel.onData = more -> {};
                    channel.onEof = () -> {
                        channel.send(TestData.bytes(9, ANSWER));
                        channel.sendEofToClient();
                    };
                }
                case ANSWER_AND_CLOSE -> {
                    channel.onData = more -> {};
                    channel.send(TestData.bytes(9, ANSWER));
                    channel.sendEofToClient();
                    channel.closeByTarget();
                }
                case BREAK -> {
                    channel.onData = more -> {};
                    channel.send(TestData.bytes(9, ANSWER));
                    channel.closeByTarget();
                }
                case CLIENT_RESETS -> channel.onData = more -> {};
            }
        };
        channel.confirm();
    }
}
