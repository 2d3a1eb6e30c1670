package dev.managedtunnel;

import static dev.managedtunnel.DataPlane.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.DataPlane.Route;
import dev.managedtunnel.testing.Leaks;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshdLog;
import dev.managedtunnel.testing.Talk;
import dev.managedtunnel.testing.TalkScript;
import dev.managedtunnel.testing.TalkScript.Ending;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A thousand connections on one tunnel, at least 200 at once, over all kinds of sockets, with random sizes, pauses,
 * half-closes and breaks by either side, while the server exchanges keys. Every byte is compared, and afterwards nothing
 * is left. A failure names the seed; {@code -Dseed=…} replays its choices.
 */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
@Timeout(120)
class ThousandConnectionsIT {
    private static final List<Route> ROUTES = List.of(Route.values());
    private static final int CONNECTIONS = 1000;
    private static final int AT_ONCE = 250;

    /** Less than the number at once, since a few clients of the first end at once. */
    private static final int PEAK = 200;

    private final long seed = Long.getLong("seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    void allOfThemAreRightToTheLastByteAndNothingIsLeft() throws Exception {
        Requires.openSsh();
        try (OpenSshServer server = OpenSshServer.builder()
                        .config("RekeyLimit 4M", SshdLog.LEVEL)
                        .start();
                DataPlane plane = new DataPlane(server, KeepAlive.every(Duration.ofSeconds(1)))) {
            Leaks before = Leaks.snapshot();
            try {
                List<Talk> talks = run(plane);
                assertThat(talks).allSatisfy(talk -> assertThat(talk.problems()).isEmpty());
                assertNothingLeft(plane, server, before);
                assertThat(SshdLog.of(server).rekeys()).as("rekeys").isGreaterThan(10);
            } catch (Throwable failed) {
                throw new AssertionError(
                        "seed " + seed + ": " + failed.getMessage() + "\n"
                                + plane.tunnel().status(),
                        failed);
            }
        }
    }

    private List<Talk> run(DataPlane plane) throws InterruptedException {
        List<Talk> talks = new ArrayList<>();
        Semaphore free = new Semaphore(AT_ONCE);
        plane.peers().hold(true);
        for (int i = 0; i < CONNECTIONS; i++) {
            assertThat(free.tryAcquire(SOON.toSeconds(), TimeUnit.SECONDS))
                    .as(() -> "a connection ends; not over: " + unfinished(talks))
                    .isTrue();
            Route route = ROUTES.get(random.nextInt(ROUTES.size()));
            if (random.nextInt(50) == 0) {
                plane.peers().connectAndReset(plane.address(route));
                free.release();
            } else {
                Talk talk = talk(plane, route);
                talks.add(talk);
                var unused = talk.over().thenRun(free::release);
            }
            if (i == AT_ONCE - 1) {
                await().atMost(SOON).until(() -> plane.tunnel().status().activeConnections() >= PEAK);
                plane.peers().hold(false);
            }
        }
        assertThat(free.tryAcquire(AT_ONCE, SOON.toSeconds(), TimeUnit.SECONDS))
                .as(() -> "all connections end; not over: " + unfinished(talks))
                .isTrue();
        return talks;
    }

    private static List<Talk> unfinished(List<Talk> talks) {
        return talks.stream().filter(talk -> !talk.over().isDone()).toList();
    }

    private Talk talk(DataPlane plane, Route route) {
        TalkScript client = TalkScript.sends(random.nextLong(), size()).pausing(random);
        TalkScript target = TalkScript.sends(random.nextLong(), size()).pausing(random);
        // one that breaks off awaits a byte at least, which proves that the other is there
        return switch (random.nextInt(8)) {
            case 0 -> plane.talk(route, client, target.afterTheOther());
            case 1 -> plane.talk(route, client.afterTheOther(), target);
            case 2 -> plane.talk(route, client.ending(Ending.CLOSE), target.ending(Ending.WAIT));
            case 3 -> plane.talk(route, client.ending(Ending.WAIT), target.ending(Ending.CLOSE));
            case 4 -> plane.talk(route, client.resetsAfter(1 + random.nextLong(target.bytes())), target);
            case 5 -> plane.talk(route, client, target.resetsAfter(1 + random.nextLong(client.bytes())));
            default -> plane.talk(route, client, target);
        };
    }

    /** Mostly small, at times up to 4 MiB. */
    private long size() {
        return 1L + random.nextInt(1 << (4 + random.nextInt(19)));
    }

    private static void assertNothingLeft(DataPlane plane, OpenSshServer server, Leaks before) {
        plane.awaitActive(0);
        plane.assertOneSession();
        assertThat(plane.tunnel().status().totalConnections()).isEqualTo(CONNECTIONS);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(SshdLog.of(server).open())
                        .as("channels left on the server")
                        .isZero());
        before.assertNone(SOON);
    }
}
