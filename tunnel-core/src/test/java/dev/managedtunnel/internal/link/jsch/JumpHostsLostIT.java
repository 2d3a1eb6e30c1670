package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.testing.FaultRelay;
import dev.managedtunnel.testing.FaultRelay.Direction;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import dev.managedtunnel.testing.TestData;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How a session through a jump host ends, whom it blames, and that neither hop outlives the other. */
@ExtendWith(NoLeaks.class)
class JumpHostsLostIT {
    private static final KeepAlive QUICK =
            KeepAlive.every(Duration.ofMillis(500)).missed(3);

    private static OpenSshServer edge;
    private static OpenSshServer inside;

    private final Rig rig = new Rig();
    private FaultRelay toEdge;
    private FaultRelay toInside;

    @BeforeAll
    static void startServers() {
        edge = OpenSshServer.usual();
        inside = OpenSshServer.usual();
    }

    @AfterAll
    static void stopServers() {
        edge.close();
        inside.close();
    }

    @BeforeEach
    void startRelays() {
        toEdge = FaultRelay.to(edge.port());
        toInside = FaultRelay.to(inside.port());
    }

    @AfterEach
    void tearDown() {
        rig.close();
        toEdge.close();
        toInside.close();
        Awaitility.await().atMost(Rig.SOON).until(() -> edge.sessionCount() == 0 && inside.sessionCount() == 0);
    }

    private static Gateway at(FaultRelay relay, SshServer server) {
        return Gateway.of(server.user(), relay.host(), relay.port());
    }

    private Gateway jumpHost() {
        return at(toEdge, edge)
                .credentials(Rig.jumpHost(edge).credentials().get(0))
                .hostKeys(Rig.jumpHost(edge).hostKeys().orElseThrow());
    }

    private TunnelSpec.Builder spec() {
        return rig.spec(inside).build().toBuilder().gateway(at(toInside, inside).via(jumpHost()));
    }

    private Link connect() {
        return rig.connect(spec());
    }

    private String gateway() {
        return "lost the session to " + at(toInside, inside) + " via " + jumpHost() + " (start 1, up ";
    }

    private void nothingIsLeft() {
        Awaitility.await().atMost(Rig.SOON).until(() -> edge.sessionCount() == 0 && inside.sessionCount() == 0);
        assertThat(toEdge.live()).isZero();
    }

    @Test
    void aJumpHostsSessionThatIsKilledTakesTheGatewaysWithItAndIsNamed() {
        Link link = connect();
        edge.killSessions();
        TunnelException why = Rig.lost(link);
        assertThat(why.reason()).isEqualTo(FailureReason.CONNECTION_LOST);
        assertThat(why.detail())
                .startsWith(gateway())
                .contains(": lost the session to jump host " + jumpHost() + " (start 1, up ")
                .containsAnyOf("closed by the peer", "Connection reset");
        nothingIsLeft();
    }

    @Test
    void aGatewaysSessionThatIsKilledTakesTheJumpHostsWithIt() {
        Link link = connect();
        inside.killSessions();
        TunnelException why = Rig.lost(link);
        assertThat(why.reason()).isEqualTo(FailureReason.CONNECTION_LOST);
        assertThat(why.detail()).startsWith(gateway()).endsWith("): closed by the peer");
        nothingIsLeft();
    }

    @Test
    void aCutEndsAllHops() {
        Link link = connect();
        link.cut(Rig.closing());
        assertThat(Rig.lost(link).reason()).isEqualTo(FailureReason.CLOSED);
        nothingIsLeft();
    }

    @Test
    void aStalledLinkToTheJumpHostIsNoticedWhileAWriteIsStuckAndTheJumpHostIsNamed() throws Exception {
        try (Target target = Target.tcp(Targets.sink())) {
            Link link = rig.connect(spec().keepAlive(QUICK));
            CompletableFuture<Throwable> writer = writeForEver(link, target);
            toEdge.stall();
            TunnelException why = Rig.lost(link);
            assertThat(why.reason()).isEqualTo(FailureReason.KEEPALIVE_TIMEOUT);
            assertThat(why.detail())
                    .startsWith(gateway())
                    .contains("no byte received for 3 x 500 ms")
                    .contains("jump host " + jumpHost());
            assertThat(Rig.get(writer)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aStalledLinkBetweenTheJumpHostAndTheGatewayIsNoticedWhileAWriteIsStuck() throws Exception {
        try (Target target = Target.tcp(Targets.sink())) {
            Link link = rig.connect(spec().keepAlive(QUICK));
            CompletableFuture<Throwable> writer = writeForEver(link, target);
            toInside.stall();
            TunnelException why = Rig.lost(link);
            assertThat(why.reason()).isEqualTo(FailureReason.KEEPALIVE_TIMEOUT);
            assertThat(why.detail()).startsWith(gateway()).endsWith("): no byte received for 3 x 500 ms");
            assertThat(Rig.get(writer)).isInstanceOf(IOException.class);
        }
    }

    private CompletableFuture<Throwable> writeForEver(Link link, Target target) {
        Consumer consumer = Consumer.counting();
        LinkChannel channel = ChannelContract.open(link, target, consumer);
        CompletableFuture<Throwable> failed = new CompletableFuture<>();
        rig.workers.execute(() -> failed.complete(catchThrowable(() -> {
            byte[] bytes = new byte[64 * 1024];
            while (true) {
                consumer.write(channel, bytes);
            }
        })));
        return failed;
    }

    @Test
    void anIdleChainLivesOnItsKeepAlives() {
        Link link = rig.connect(spec().keepAlive(QUICK));
        Awaitility.await().atMost(Rig.SOON).until(() -> link.roundTrip() != null);
        // those of the session's begin
        Awaitility.await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
        long before = toEdge.bytes(Direction.TO_CLIENT);
        Awaitility.await().pollDelay(Duration.ofSeconds(3)).atMost(Rig.SOON).until(() -> true);
        assertThat(toEdge.bytes(Direction.TO_CLIENT)).isGreaterThan(before);
        assertThat(link.lost().toCompletableFuture()).isNotDone();
    }

    @Test
    void aSlowLinkIsNotPunished() throws Exception {
        byte[] bytes = TestData.bytes(9, 1_500_000);
        try (Target target = Target.tcp(Targets.digestAfterEof())) {
            Link link = rig.connect(spec().keepAlive(QUICK));
            toEdge.bandwidth(Direction.TO_TARGET, 250_000);
            Consumer consumer = Consumer.keeping();
            LinkChannel channel = ChannelContract.open(link, target, consumer);
            consumer.write(channel, bytes);
            channel.sendEof();
            consumer.awaitEvent("closed");
            assertThat(consumer.text()).isEqualTo(Targets.digestLine(bytes.length, TestData.sha256(bytes)));
            assertThat(link.lost().toCompletableFuture()).isNotDone();
        }
    }
}
