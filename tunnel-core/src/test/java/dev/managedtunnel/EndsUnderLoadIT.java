package dev.managedtunnel;

import static dev.managedtunnel.DataPlane.SOON;
import static dev.managedtunnel.DataPlane.awaitStill;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.DataPlane.Route;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.Talk;
import dev.managedtunnel.testing.TalkScript;
import dev.managedtunnel.testing.TalkScript.Ending;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** All the ways in which a connection can end, while others keep the session full in both directions. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class EndsUnderLoadIT extends WithOpenSsh {
    @ParameterizedTest
    @EnumSource(Route.class)
    void noByteIsLostWhicheverSideEndsFirst(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server)) {
            List<Talk> load = load(plane);
            List<Talk> talks = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                long bytes = 1 + i * 40_009L;
                TalkScript client = TalkScript.sends(2L * i, bytes);
                TalkScript target = TalkScript.sends(2L * i + 1, 2 * bytes);
                talks.add(plane.talk(route, client, target));
                talks.add(plane.talk(route, client, target.afterTheOther()));
                talks.add(plane.talk(route, client.afterTheOther(), target));
                talks.add(plane.talk(route, client.ending(Ending.CLOSE), target.ending(Ending.WAIT)));
                talks.add(plane.talk(route, client.ending(Ending.WAIT), target.ending(Ending.CLOSE)));
            }
            for (Talk talk : talks) {
                talk.awaitWell(SOON);
            }
            plane.awaitServed(route, talks.size());
            goesOn(plane, load);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP_TO_TCP", "UNIX_TO_UNIX"})
    void aBreakInTheMiddleReachesTheOtherSide(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server)) {
            List<Talk> load = load(plane);
            List<Talk> talks = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                TalkScript client = TalkScript.sendsForEver(2L * i);
                TalkScript target = TalkScript.sendsForEver(2L * i + 1);
                long some = 1 + i * 60_013L;
                talks.add(plane.talk(route, TalkScript.sends(i, some).resetsAfter(some), target));
                talks.add(plane.talk(route, client, TalkScript.sends(i, some).resetsAfter(some)));
            }
            for (Talk talk : talks) {
                talk.awaitWell(SOON);
            }
            plane.awaitActive(load.size());
            goesOn(plane, load);
        }
    }

    /** Both send for ever and neither reads. Whoever is left learns of the end when it reads again. */
    @ParameterizedTest
    @EnumSource(names = {"TCP_TO_TCP", "UNIX_TO_UNIX"})
    void twoSidesThatStallEachOtherCanEndEachWay(Route route) throws Exception {
        try (DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            List<Talk> talks = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                talks.add(plane.talk(
                        route,
                        TalkScript.sendsForEver(10 + i).notReading(),
                        TalkScript.sendsForEver(20 + i).notReading()));
            }
            awaitStill(() -> plane.status(route).bytesIn() + plane.status(route).bytesOut());
            plane.assertGoesOnBeside(established);
            talks.get(0).client().close();
            talks.get(1).client().reset();
            talks.get(2).target().close();
            talks.get(3).target().reset();
            plane.assertGoesOnBeside(established);
            for (int i = 0; i < 2; i++) {
                talks.get(i).target().read(true);
                talks.get(2 + i).client().read(true);
            }
            for (Talk talk : talks) {
                talk.awaitWell(SOON);
            }
            plane.awaitActive(1);
            plane.assertGoesOnBeside(established);
        }
    }

    private static List<Talk> load(DataPlane plane) {
        Talk upload = plane.talk(Route.TCP_TO_TCP, TalkScript.sendsForEver(-1), TalkScript.listens());
        Talk download = plane.talk(Route.TCP_TO_TCP, TalkScript.listens(), TalkScript.sendsForEver(-2));
        return List.of(upload, download);
    }

    private static void goesOn(DataPlane plane, List<Talk> load) {
        long up = load.get(0).target().received();
        long down = load.get(1).client().received();
        await().atMost(SOON)
                .until(() -> load.get(0).target().received() > up
                        && load.get(1).client().received() > down);
        plane.assertOneSession();
        // so that their ends are not taken for problems
        load.forEach(talk -> talk.client().reset());
        load.forEach(talk -> talk.awaitWell(SOON));
        plane.awaitActive(0);
    }
}
