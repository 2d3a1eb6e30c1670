package dev.managedtunnel;

import static dev.managedtunnel.DataPlane.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.DataPlane.Route;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshdLog;
import dev.managedtunnel.testing.Talk;
import dev.managedtunnel.testing.TalkScript;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A server that exchanges keys anew all the time, by volume and by time, in the middle of everything. Nothing is lost, no
 * session, no byte, and nobody waits for ever. The usual limits are 1 GiB or more, so users meet one such exchange where
 * these tests meet hundreds.
 */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class RekeyIT {
    private static final long BYTES = 96L << 20;

    /** Each exchange is late by what was on its way when the server asked for it, so there are fewer than mebibytes. */
    private static final long MANY = 10;

    @Test
    void anUploadGoesThroughWhileKeysAreExchangedEveryMebibyte() throws Exception {
        long rekeys = rekeysDuring(
                "RekeyLimit 1M",
                plane -> plane.talk(Route.TCP_TO_TCP, TalkScript.sends(1, BYTES), TalkScript.listens())
                        .awaitWell(SOON));
        assertThat(rekeys).isGreaterThan(MANY);
    }

    @Test
    void aDownloadGoesThroughWhileKeysAreExchangedEveryMebibyte() throws Exception {
        long rekeys = rekeysDuring(
                "RekeyLimit 1M",
                plane -> plane.talk(Route.TCP_TO_TCP, TalkScript.listens(), TalkScript.sends(2, BYTES))
                        .awaitWell(SOON));
        assertThat(rekeys).isGreaterThan(MANY);
    }

    @Test
    void bothDirectionsAtOnceGoThrough() throws Exception {
        long rekeys = rekeysDuring(
                "RekeyLimit 1M",
                plane -> plane.talk(Route.TCP_TO_TCP, TalkScript.sends(3, BYTES), TalkScript.sends(4, BYTES))
                        .awaitWell(SOON));
        assertThat(rekeys).isGreaterThan(MANY);
    }

    @Test
    void aHundredConnectionsGoThrough() throws Exception {
        long rekeys = rekeysDuring("RekeyLimit 1M", plane -> {
            List<Talk> talks = new ArrayList<>();
            for (int i = 0; i < 25; i++) {
                for (Route route : Route.values()) {
                    long seed = 2L * talks.size();
                    talks.add(plane.talk(
                            route, TalkScript.sends(seed, BYTES / 200), TalkScript.sends(seed + 1, BYTES / 200)));
                }
            }
            talks.forEach(talk -> talk.awaitWell(SOON));
        });
        assertThat(rekeys).isGreaterThan(MANY);
    }

    @Test
    void channelsAreOpenedAndClosedInTheMiddleOfIt() throws Exception {
        long rekeys = rekeysDuring("RekeyLimit 1M", plane -> {
            Talk load = plane.talk(Route.TCP_TO_TCP, TalkScript.sendsForEver(5), TalkScript.sendsForEver(6));
            for (int i = 0; i < 100; i++) {
                plane.talk(Route.TCP_TO_TCP, TalkScript.sends(i, 100), TalkScript.sends(-i, 100))
                        .awaitWell(SOON);
            }
            load.client().reset();
            load.awaitWell(SOON);
        });
        assertThat(rekeys).isGreaterThan(MANY);
    }

    /** With a reader that is stuck: what has to wait for the exchange must not wait for the reader. */
    @Test
    void aStalledReaderAndAStalledTargetKeepNobodyFromTheExchange() throws Exception {
        long rekeys = rekeysDuring("RekeyLimit 1M", plane -> {
            Talk reader = plane.talk(Route.TCP_TO_TCP, TalkScript.listens().notReading(), TalkScript.sends(7, BYTES));
            Talk target = plane.talk(
                    Route.TCP_TO_TCP,
                    TalkScript.sends(8, BYTES),
                    TalkScript.listens().notReading());
            DataPlane.awaitStill(() ->
                    plane.tunnel().status().bytesIn() + plane.tunnel().status().bytesOut());
            plane.talk(Route.TCP_TO_TCP, TalkScript.sends(9, BYTES / 2), TalkScript.sends(10, BYTES / 2))
                    .awaitWell(SOON);
            reader.client().read(true);
            target.target().read(true);
            reader.awaitWell(SOON);
            target.awaitWell(SOON);
        });
        assertThat(rekeys).isGreaterThan(MANY);
    }

    @Test
    void keysExchangedEverySecondDisturbNothingEither() throws Exception {
        Requires.openSsh();
        try (OpenSshServer server = server("RekeyLimit 1G 1");
                DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            Talk load = plane.talk(Route.TCP_TO_TCP, TalkScript.sendsForEver(11), TalkScript.sendsForEver(12));
            await().atMost(SOON).until(() -> {
                plane.assertGoesOnBeside(established);
                return SshdLog.of(server).rekeys() >= 4;
            });
            load.client().reset();
            load.awaitWell(SOON);
            // and with nothing else to do
            long before = SshdLog.of(server).rekeys();
            await().atMost(SOON).until(() -> SshdLog.of(server).rekeys() >= before + 2);
            plane.assertGoesOnBeside(established);
        }
    }

    private static OpenSshServer server(String rekeyLimit) {
        return OpenSshServer.builder().config(rekeyLimit, SshdLog.LEVEL).start();
    }

    private static long rekeysDuring(String limit, Consumer<DataPlane> load) throws Exception {
        Requires.openSsh();
        try (OpenSshServer server = server(limit);
                DataPlane plane = new DataPlane(server);
                Socket established = plane.connectEcho()) {
            load.accept(plane);
            plane.assertGoesOnBeside(established);
            plane.awaitActive(1);
            return SshdLog.of(server).rekeys();
        }
    }
}
