package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.testing.NoLeaks;
import java.net.ConnectException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A probe's connections: by one session, and nobody's business. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
class ProbeConnectionsTest {
    private static final Endpoint TARGET = Endpoint.tcp("db", 5432);

    private final List<InProcessClient> opened = new ArrayList<>();

    private InProcessClient call(Rig rig, FakeLink by) throws Exception {
        return rig.forwarder.probes().to(by, TARGET, opened::add).call();
    }

    private static void assertNothingIsCounted(Rig rig) {
        assertThat(rig.status().accepted()).isZero();
        assertThat(rig.status().lastError()).isEmpty();
        assertThat(rig.status().bytesIn()).isZero();
        assertThat(rig.openTimes).isEmpty();
        assertThat(rig.events).isEmpty();
    }

    @Test
    void goByTheSessionThatTheyAreForAndAppearInNoFigures() throws Exception {
        try (Rig rig = new Rig();
                FakeLink probed = FakeLink.echo()) {
            FakeLink used = rig.up(FakeLink.echo());
            try (InProcessClient client = call(rig, probed)) {
                client.awaitOpen(10_000);
                client.write(new byte[] {1, 2, 3}, 0, 3);
                byte[] back = new byte[3];
                assertThat(client.read(back, 0, 3, 10_000)).isPositive();
                assertThat(probed.next().target).isEqualTo(TARGET);
                assertThat(opened).containsExactly(client);
            }
            Rig.until("the channel's end", () -> probed.live() == 0);
            assertThat(used.opened).isEmpty();
            assertNothingIsCounted(rig);
        }
    }

    @Test
    void areNotParkedButFailWithTheirSession() throws Exception {
        try (Rig rig = new Rig();
                FakeLink gone = new FakeLink()) {
            gone.lose();
            rig.up(FakeLink.echo());
            InProcessClient client = call(rig, gone);
            assertThatThrownBy(() -> client.awaitOpen(10_000))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("db:5432: the session has ended");
            assertNothingIsCounted(rig);
        }
    }

    @Test
    void doNotMoveToAnotherSession() throws Exception {
        try (Rig rig = new Rig();
                FakeLink probed = new FakeLink()) {
            FakeLink other = rig.up(FakeLink.echo());
            InProcessClient client = call(rig, probed);
            probed.next();
            probed.lose();
            assertThatThrownBy(() -> client.awaitOpen(10_000)).isInstanceOf(ConnectException.class);
            assertThat(other.opened).isEmpty();
            assertNothingIsCounted(rig);
        }
    }

    @Test
    void aRefusalSaysWhatTheGatewaySaidAndIsToldToNobodyElse() throws Exception {
        try (Rig rig = new Rig();
                FakeLink probed = new FakeLink(
                        channel -> channel.failOpen(ChannelException.Kind.REFUSED, "db:5432: connect failed"))) {
            InProcessClient client = call(rig, probed);
            assertThatThrownBy(() -> client.awaitOpen(10_000))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("db:5432: db:5432: connect failed");
            assertNothingIsCounted(rig);
        }
    }

    @Test
    void whatComesInAtTheGatewayIsTakenLikewise() throws Exception {
        try (Rig rig = new Rig();
                FakeLink probed = new FakeLink()) {
            CompletableFuture<InProcessClient> taken = new CompletableFuture<>();
            var unused = probed.listen(
                    "localhost",
                    0,
                    offer -> taken.complete(rig.forwarder.probes().take(probed, offer)));
            FakeLink.FakeOffer offer = probed.offer(probed.nextRequest());
            FakeChannel channel = offer.taken.get();
            InProcessClient client = taken.get();
            client.awaitOpen(10_000);
            channel.send(new byte[] {7});
            byte[] one = new byte[1];
            assertThat(client.read(one, 0, 1, 10_000)).isEqualTo(1);
            assertThat(one[0]).isEqualTo((byte) 7);
            client.close();
            Rig.until("the channel's end", () -> probed.live() == 0);
            assertNothingIsCounted(rig);
        }
    }

    @Test
    void afterTheTunnelsEndTheyFailAtOnce() throws Exception {
        Rig rig = new Rig();
        rig.close();
        try (FakeLink probed = new FakeLink()) {
            InProcessClient client = call(rig, probed);
            assertThatThrownBy(() -> client.awaitOpen(10_000))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("the tunnel is closed");
        }
    }
}
