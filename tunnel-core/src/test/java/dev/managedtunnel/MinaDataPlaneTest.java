package dev.managedtunnel;

import static dev.managedtunnel.DataPlane.SOON;
import static dev.managedtunnel.DataPlane.awaitStill;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.DataPlane.Route;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.Talk;
import dev.managedtunnel.testing.TalkScript;
import dev.managedtunnel.testing.TalkScript.Ending;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Stalls and exchanges of keys with a server that is not OpenSSH. Targets do not end first here, since this server closes
 * both directions when they do.
 */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class MinaDataPlaneTest {
    private static final long PLENTY = 64L << 20;

    @ParameterizedTest
    @EnumSource(names = {"TCP_TO_TCP", "UNIX_TO_TCP"})
    void aStalledReaderStallsNobodyAndGetsAllWhenItReadsOn(Route route) throws Exception {
        try (MinaServer server = MinaServer.usual();
                DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(
                    route,
                    TalkScript.listens().ending(Ending.CLOSE).notReading(),
                    TalkScript.sends(1, PLENTY).ending(Ending.WAIT));
            assertThat(awaitStill(() -> stalled.target().sent())).isLessThan(PLENTY);
            plane.assertGoesOnBeside(established);
            plane.awaitKeepAlives(5);
            stalled.client().read(true);
            stalled.awaitWell(SOON);
            plane.assertOneSession();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP_TO_TCP", "UNIX_TO_TCP"})
    void aStalledTargetStallsOnlyItsClientAndGetsAllWhenItReadsOn(Route route) throws Exception {
        try (MinaServer server = MinaServer.usual();
                DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk stalled = plane.talk(
                    route, TalkScript.sends(2, PLENTY), TalkScript.listens().notReading());
            assertThat(awaitStill(() -> stalled.client().sent())).isLessThan(PLENTY);
            plane.assertGoesOnBeside(established);
            plane.awaitKeepAlives(5);
            stalled.target().read(true);
            stalled.awaitWell(SOON);
            plane.assertOneSession();
        }
    }

    @Test
    void manyConnectionsGoThroughWhileKeysAreExchanged() throws Exception {
        try (MinaServer server = MinaServer.builder().rekeyAfter(1 << 20).start();
                DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            List<Talk> talks = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                long bytes = 1 + i * 20_011L;
                talks.add(plane.talk(
                        Route.TCP_TO_TCP,
                        TalkScript.sends(2L * i, bytes),
                        TalkScript.sends(2L * i + 1, bytes).afterTheOther()));
            }
            for (Talk talk : talks) {
                talk.awaitWell(SOON);
            }
            plane.assertGoesOnBeside(established);
            plane.awaitActive(1);
        }
    }
}
