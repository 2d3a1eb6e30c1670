package dev.managedtunnel;

import static dev.managedtunnel.DataPlane.SOON;
import static dev.managedtunnel.DataPlane.WINDOW;
import static dev.managedtunnel.DataPlane.awaitStill;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.DataPlane.Route;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.Talk;
import dev.managedtunnel.testing.TalkScript;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A target that does not read what its client sends. Only that client waits; when the target reads on, all arrives; when
 * one of them goes away, the other learns of it.
 */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class StalledTargetIT extends WithOpenSsh {
    /** More than the server's window and all sockets on the way together hold. */
    private static final long PLENTY = 64L << 20;

    @ParameterizedTest
    @EnumSource(Route.class)
    void stallsOnlyItsOwnClientAndGetsAllWhenItReadsOn(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(
                    route, TalkScript.sends(1, PLENTY), TalkScript.listens().notReading());
            assertThat(awaitStill(() -> stalled.client().sent())).isLessThan(PLENTY);
            // the server's own window is 2 MiB
            assertThat(plane.status(route).bytesOut()).isLessThanOrEqualTo(WINDOW);
            plane.assertGoesOnBeside(established);
            plane.awaitKeepAlives(5);
            plane.assertOneSession();

            stalled.target().read(true);
            stalled.awaitWell(SOON);
            assertThat(stalled.target().received()).isEqualTo(PLENTY);
            plane.awaitServed(route, 1);
        }
    }

    /** Promise 4: whoever writes, and however many, the keep-alive gets its turn and a healthy session is kept. */
    @Test
    void threeHundredOfThemStallNobodyAndTheSessionIsKept() throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            List<Talk> stalled = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                stalled.add(plane.talk(
                        Route.UNIX_TO_UNIX,
                        TalkScript.sends(i, 4L << 20),
                        TalkScript.listens().notReading()));
            }
            awaitStill(() -> plane.tunnel().status().bytesOut());
            plane.assertGoesOnBeside(established);
            Talk upload = plane.talk(Route.TCP_TO_TCP, TalkScript.sends(-1, PLENTY), TalkScript.listens());
            upload.awaitWell(SOON);
            plane.awaitKeepAlives(5);
            plane.awaitActive(301);
            plane.assertOneSession();

            stalled.forEach(each -> each.target().read(true));
            for (Talk each : stalled) {
                each.awaitWell(SOON);
            }
            plane.awaitActive(1);
            plane.assertOneSession();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP_TO_TCP", "UNIX_TO_UNIX"})
    void itsBreakReachesTheClientWhichIsStillSending(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(
                    route, TalkScript.sendsForEver(2), TalkScript.listens().notReading());
            awaitStill(() -> stalled.client().sent());
            stalled.target().reset();
            stalled.awaitWell(SOON);
            plane.awaitActive(1);
            plane.assertGoesOnBeside(established);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP_TO_TCP", "UNIX_TO_UNIX"})
    void itsCloseReachesTheClientWhichIsStillSending(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(
                    route, TalkScript.sendsForEver(3), TalkScript.listens().notReading());
            awaitStill(() -> stalled.client().sent());
            stalled.target().close();
            stalled.awaitWell(SOON);
            plane.awaitActive(1);
            plane.assertGoesOnBeside(established);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP_TO_TCP", "UNIX_TO_UNIX"})
    void getsAllThatItsClientSentBeforeItClosed(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(
                    route, TalkScript.sendsForEver(4), TalkScript.listens().notReading());
            awaitStill(() -> stalled.client().sent());
            stalled.client().close();
            long sent = stalled.client().sent();
            plane.assertGoesOnBeside(established);
            stalled.target().read(true);
            stalled.awaitWell(SOON);
            assertThat(stalled.target().received()).isEqualTo(sent);
            plane.awaitActive(1);
            plane.awaitServed(route, 1);
        }
    }

    /** That the client is gone may be seen only when the target reads on: nobody looks at a socket that has to wait. */
    @ParameterizedTest
    @EnumSource(names = {"TCP_TO_TCP", "UNIX_TO_UNIX"})
    void seesTheEndOfAClientThatBroke(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(
                    route, TalkScript.sendsForEver(5), TalkScript.listens().notReading());
            awaitStill(() -> stalled.client().sent());
            stalled.client().reset();
            plane.assertGoesOnBeside(established);
            stalled.target().read(true);
            stalled.awaitWell(SOON);
            plane.awaitActive(1);
        }
    }
}
