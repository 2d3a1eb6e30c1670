package dev.managedtunnel;

import static dev.managedtunnel.DataPlane.SOON;
import static dev.managedtunnel.DataPlane.WINDOW;
import static dev.managedtunnel.DataPlane.awaitStill;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.DataPlane.Route;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.Talk;
import dev.managedtunnel.testing.TalkScript;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A client that does not read what its target sends. It stalls nobody else, holds no more than its window, and loses
 * nothing: when it reads on, all is there; when it or its target goes away, both sides learn of it.
 */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class StalledReaderIT extends WithOpenSsh {
    /** More than its window and all sockets on the way together hold. */
    private static final long PLENTY = 96L << 20;

    /** What the system holds in sockets for one connection: 4 MiB to send, and what a client that never read takes. */
    private static final long IN_SOCKETS = 8L << 20;

    @ParameterizedTest
    @EnumSource(Route.class)
    void holdsNoMoreThanItsWindowStallsNobodyAndGetsAllWhenItReadsOn(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(route, TalkScript.listens().notReading(), TalkScript.sends(1, PLENTY));
            assertHeld(plane, route, stalled);
            plane.assertGoesOnBeside(established);
            plane.awaitKeepAlives(5);
            plane.assertOneSession();

            stalled.client().read(true);
            stalled.awaitWell(SOON);
            assertThat(stalled.client().received()).isEqualTo(PLENTY);
            plane.awaitServed(route, 1);
        }
    }

    /** Stalls until nothing moves, and looks how much was taken in. */
    private static void assertHeld(DataPlane plane, Route route, Talk stalled) {
        long sent = awaitStill(() -> stalled.target().sent());
        assertThat(sent).as("sent by the target in spite of the stall").isLessThan(PLENTY);
        long held = plane.status(route).bytesIn() - stalled.client().received();
        assertThat(held).as("held for the client").isLessThanOrEqualTo(WINDOW + IN_SOCKETS);
    }

    @Test
    void stallsNobodyWhenItHadKeptUpForLong() throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(Route.TCP_TO_TCP, TalkScript.listens(), TalkScript.sends(2, 3 * PLENTY));
            await().atMost(SOON).until(() -> stalled.client().received() > PLENTY);
            stalled.client().read(false);
            awaitStill(() -> stalled.target().sent());
            long held =
                    plane.status(Route.TCP_TO_TCP).bytesIn() - stalled.client().received();
            // a client that has read much may have been given up to 32 MiB by the system
            assertThat(held).as("held for the client").isLessThanOrEqualTo(WINDOW + IN_SOCKETS + (32L << 20));
            plane.assertGoesOnBeside(established);
            stalled.client().read(true);
            stalled.awaitWell(SOON);
        }
    }

    @Test
    void fiftyOfThemStallNobodyEither() throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk[] stalled = new Talk[50];
            for (int i = 0; i < stalled.length; i++) {
                stalled[i] = plane.talk(
                        Route.UNIX_TO_UNIX, TalkScript.listens().notReading(), TalkScript.sends(i, 20L << 20));
            }
            awaitStill(() -> plane.tunnel().status().bytesIn());
            plane.assertGoesOnBeside(established);
            for (Talk each : stalled) {
                each.client().read(true);
            }
            for (Talk each : stalled) {
                each.awaitWell(SOON);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP_TO_TCP", "UNIX_TO_UNIX"})
    void itsBreakReachesTheTargetWhichIsStillSending(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(route, TalkScript.listens().notReading(), TalkScript.sendsForEver(3));
            awaitStill(() -> stalled.target().sent());
            stalled.client().reset();
            stalled.awaitWell(SOON);
            plane.awaitActive(1);
            plane.assertGoesOnBeside(established);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP_TO_TCP", "UNIX_TO_UNIX"})
    void itsCloseReachesTheTargetWhichIsStillSending(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(route, TalkScript.listens().notReading(), TalkScript.sendsForEver(4));
            awaitStill(() -> stalled.target().sent());
            stalled.client().close();
            stalled.awaitWell(SOON);
            plane.awaitActive(1);
            plane.assertGoesOnBeside(established);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP_TO_TCP", "UNIX_TO_UNIX"})
    void getsAllThatWasTakenInBeforeItsTargetBroke(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(route, TalkScript.listens().notReading(), TalkScript.sendsForEver(5));
            awaitStill(() -> stalled.target().sent());
            long takenIn = plane.status(route).bytesIn();
            stalled.target().reset();
            plane.assertGoesOnBeside(established);
            stalled.client().read(true);
            stalled.awaitWell(SOON);
            assertThat(stalled.client().received()).isGreaterThanOrEqualTo(takenIn);
            plane.awaitActive(1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP_TO_TCP", "UNIX_TO_UNIX"})
    void getsAllThatItsTargetSentBeforeItClosed(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(route, TalkScript.listens().notReading(), TalkScript.sendsForEver(6));
            awaitStill(() -> stalled.target().sent());
            stalled.target().close();
            long sent = stalled.target().sent();
            plane.assertGoesOnBeside(established);
            stalled.client().read(true);
            stalled.awaitWell(SOON);
            assertThat(stalled.client().received()).isEqualTo(sent);
            plane.awaitActive(1);
            plane.awaitServed(route, 1);
        }
    }
}
