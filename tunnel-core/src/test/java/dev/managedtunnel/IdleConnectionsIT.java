package dev.managedtunnel;

import static dev.managedtunnel.DataPlane.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.HeapWeight;
import dev.managedtunnel.testing.LiveThreads;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Peers;
import dev.managedtunnel.testing.PlainChannels;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.Talk;
import dev.managedtunnel.testing.TalkScript;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a thousand established connections cost that have nothing to say. Both their ends are in this JVM too, so the same
 * thousand without a tunnel are weighed first; and the same channels with nothing but JSch, which is not ours to shrink.
 * Some 1 KiB beyond these were measured.
 */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
@Timeout(120)
class IdleConnectionsIT {
    private static final int CONNECTIONS = 1000;
    private static final int WARM_UP = 20;

    /** Beyond what JSch's own objects take, a connection. */
    private static final long MOST_BYTES = 8 * 1024;

    @Test
    void aThousandIdleConnectionsCostLittleMemoryAndNoThread() throws Exception {
        Requires.openSsh();
        try (OpenSshServer server = OpenSshServer.usual()) {
            // once for what is only made the first time
            weighEnds();
            HeapWeight ends = weighEnds();
            HeapWeight jsch = weighJsch(server);
            HeapWeight tunnel = weighTunnel(server);
            assertThat((tunnel.bytes() - ends.bytes() - jsch.bytes()) / CONNECTIONS)
                    .as(() -> "bytes of a connection beyond JSch's\n" + tunnel + "\n\nwithout a tunnel\n" + ends
                            + "\n\nJSch's channels\n" + jsch)
                    .isLessThanOrEqualTo(MOST_BYTES);
        }
    }

    private static HeapWeight weighEnds() {
        try (Peers peers = new Peers()) {
            SocketAddress target = peers.listen();
            connect(peers, target, WARM_UP);
            return HeapWeight.of(() -> connect(peers, target, CONNECTIONS));
        }
    }

    private static HeapWeight weighJsch(OpenSshServer server) throws Exception {
        try (PlainChannels channels = PlainChannels.login(server)) {
            channels.open(WARM_UP);
            return HeapWeight.of(() -> channels.open(CONNECTIONS));
        }
    }

    private static HeapWeight weighTunnel(OpenSshServer server) throws Exception {
        try (Peers peers = new Peers();
                ManagedTunnel tunnel = spec(server, peers.listen().getPort()).open()) {
            connect(peers, tunnel.address(), WARM_UP);
            awaitThreads(3);
            HeapWeight weight = HeapWeight.of(() -> {
                connect(peers, tunnel.address(), CONNECTIONS);
                // before the weighing, so that a thread that goes by itself is not in it
                awaitThreads(3);
            });
            assertThat(tunnel.status().activeConnections()).isEqualTo(WARM_UP + CONNECTIONS);
            return weight;
        }
    }

    /** The session's reader, the loop, and the scheduler of all tunnels. Others go when they have been idle for 5 s. */
    private static void awaitThreads(int count) {
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(LiveThreads.named(List.of("tunnel-")).values())
                                .hasSize(count));
    }

    /** Connections that have carried something both ways and then have nothing more to say. */
    private static void connect(Peers peers, SocketAddress address, int count) {
        TalkScript side = TalkScript.sends(1, 2000).ending(TalkScript.Ending.WAIT);
        List<Talk> talks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            talks.add(peers.talk(address, side, side));
        }
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(talks).allSatisfy(talk -> {
                    assertThat(talk.problems()).isEmpty();
                    assertThat(talk.client().received()).isEqualTo(side.bytes());
                    assertThat(talk.target().received()).isEqualTo(side.bytes());
                }));
    }

    private static TunnelSpec spec(OpenSshServer server, int target) {
        return Tunnels.to(server, "idle")
                .forward(Forward.local("127.0.0.1", target))
                .build();
    }
}
