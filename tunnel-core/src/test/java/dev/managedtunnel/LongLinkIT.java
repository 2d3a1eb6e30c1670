package dev.managedtunnel;

import static dev.managedtunnel.DataPlane.SOON;
import static dev.managedtunnel.DataPlane.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.FaultRelay;
import dev.managedtunnel.testing.FaultRelay.Direction;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Peers;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.Talk;
import dev.managedtunnel.testing.TalkScript;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A link with a round trip of 50 ms. How large the window has become is what still comes when no credit gets through any
 * more: the relay stalls the way to the server in the middle of a download, and counts what the server goes on to send.
 */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class LongLinkIT {
    private static final Duration ONE_WAY = Duration.ofMillis(25);
    private static final long START_WINDOW = 2L << 20;
    private static final long GROWN = START_WINDOW + (START_WINDOW >> 2);
    private static final int MOMENTS = 6;
    private static final long TRANSFER = 256L << 20;

    @Test
    void theWindowOfAClientThatKeepsUpHasGrownAndAllArrives() throws Exception {
        Requires.openSsh();
        try (OpenSshServer server = OpenSshServer.usual();
                FaultRelay relay = farTo(server);
                Peers peers = new Peers();
                ManagedTunnel tunnel =
                        spec(server, relay, peers.listen().getPort()).open()) {
            Talk download = peers.talk(tunnel.address(), TalkScript.listens(), TalkScript.sends(1, TRANSFER));
            long taken = TRANSFER / 8;
            long most = 0;
            // How much of the window is data at one moment, and how much credit on its way back, is chance.
            for (int i = 0; i < MOMENTS && most <= GROWN; i++) {
                long enough = taken + TRANSFER / 64;
                await().atMost(SOON).until(() -> download.client().received() > enough);
                relay.stall(Direction.TO_TARGET);
                long before = relay.bytes(Direction.TO_CLIENT);
                taken = download.client().received();
                DataPlane.awaitStill(() -> relay.bytes(Direction.TO_CLIENT));
                long sent = relay.bytes(Direction.TO_CLIENT);
                most = Math.max(most, sent - taken);
                // and what belongs to SSH itself
                assertThat(sent - before).as("sent without credit").isLessThan(WINDOW + (WINDOW >> 5));
                relay.resume();
            }
            assertThat(most).as("sent beyond what was taken").isGreaterThan(GROWN);
            download.awaitWell(SOON);
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    @Test
    void anUploadArrives() throws Exception {
        Requires.openSsh();
        try (OpenSshServer server = OpenSshServer.usual();
                FaultRelay relay = farTo(server);
                Peers peers = new Peers();
                ManagedTunnel tunnel =
                        spec(server, relay, peers.listen().getPort()).open()) {
            Talk upload = peers.talk(tunnel.address(), TalkScript.sends(2, TRANSFER / 4), TalkScript.listens());
            upload.awaitWell(SOON);
            assertThat(tunnel.status().starts()).isEqualTo(1);
        }
    }

    private static FaultRelay farTo(OpenSshServer server) {
        FaultRelay relay = FaultRelay.to(server.port());
        relay.delay(ONE_WAY);
        return relay;
    }

    private static TunnelSpec spec(OpenSshServer server, FaultRelay relay, int target) {
        return Tunnels.to(server, "long", Gateway.of(server.user(), relay.host(), relay.port()))
                .forward(Forward.local("127.0.0.1", target))
                .build();
    }
}
