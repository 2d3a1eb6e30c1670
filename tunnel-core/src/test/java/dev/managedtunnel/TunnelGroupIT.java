package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.FreePorts;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many tunnels as one, to a real server. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class TunnelGroupIT extends WithOpenSsh {
    private static final int TUNNELS = 20;
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Target echo = Target.tcp(Targets.echo());

    @AfterEach
    void stopTarget() {
        echo.close();
    }

    private TunnelGroup group() {
        return new TunnelGroup(shared -> shared.gateway(Gateway.of(server.user(), server.host(), server.port()))
                .credentials(Credentials.privateKey(server.privateKey()))
                .hostKeys(HostKeys.pinned(server.hostKeyFingerprint()))
                .forward(Forward.local(echo.host(), echo.port())));
    }

    private static TunnelSpec.Builder likeAll(TunnelSpec.Builder builder) {
        return builder;
    }

    private static TunnelSpec.Builder toNobody(TunnelSpec.Builder builder) {
        return builder.build().toBuilder().gateway(Gateway.of("deploy", "127.0.0.1", FreePorts.next()));
    }

    @Test
    void oneBrokenTunnelOfManyIsNamedAndTheOthersServe() throws Exception {
        try (TunnelGroup group = group()) {
            for (int i = 0; i < TUNNELS - 1; i++) {
                group.add("site" + i, TunnelGroupIT::likeAll);
            }
            group.add("broken", TunnelGroupIT::toNobody);

            assertThat(group.awaitUp(Duration.ofSeconds(10))).singleElement().satisfies(status -> {
                assertThat(status.name()).isEqualTo("broken");
                assertThat(status.lastFailure())
                        .hasValueSatisfying(why -> assertThat(why.reason()).isEqualTo(FailureReason.CONNECT_REFUSED));
            });
            TunnelGroupStatus status = group.status();
            assertThat(status.tunnels()).hasSize(TUNNELS);
            assertThat(status.states())
                    .containsEntry(TunnelState.UP, TUNNELS - 1)
                    .containsEntry(TunnelState.FAILED, 0);
            assertThat(status.worst()).isIn(TunnelState.CONNECTING, TunnelState.BACKING_OFF);
            assertThat(status.isLive()).isFalse();
            assertThat(status.notReady()).extracting(TunnelStatus::name).containsExactly("broken");
            assertThat(status.toString()).startsWith("20 tunnels: 19 UP, 1 ");
            for (ManagedTunnel tunnel : group) {
                if (!tunnel.name().equals("broken")) {
                    assertServes(tunnel);
                }
            }

            assertThat(group.remove("broken")).isTrue();
            assertThat(group.remove("broken")).isFalse();
            assertThat(group.awaitUp(LONG)).isEmpty();
            assertThat(group.status().isReady()).isTrue();
            assertThat(group).hasToString("19 tunnels: 19 UP");
        }
    }

    private static void assertServes(ManagedTunnel tunnel) throws Exception {
        try (Socket client =
                new Socket(tunnel.address().getAddress(), tunnel.address().getPort())) {
            client.setSoTimeout((int) LONG.toMillis());
            client.getOutputStream().write('x');
            assertThat(client.getInputStream().read()).isEqualTo('x');
        }
    }

    @Test
    void tunnelsComeAndGoByName() throws Exception {
        try (TunnelGroup group = group()) {
            ManagedTunnel first = group.add("b", TunnelGroupIT::likeAll);
            group.add("a", TunnelGroupIT::likeAll);
            assertThat(group.tunnel("b")).containsSame(first);
            assertThat(group.tunnel("c")).isEmpty();
            assertThat(group).extracting(ManagedTunnel::name).containsExactly("b", "a");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> group.add("a", TunnelGroupIT::likeAll))
                    .withMessage("tunnel name: 'a' is in the group already; remove that one, or rename this");
            assertThat(group.awaitUp(LONG)).isEmpty();
            assertThat(group.remove("b")).isTrue();
            assertThat(first.state()).isEqualTo(TunnelState.CLOSED);
            assertThat(group.tunnels()).hasSize(1);
        }
    }

    @Test
    void aTunnelThatCanNotBeBoundIsNotAddedAndTheOthersStay() throws Exception {
        try (TunnelGroup group = group();
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            group.add("fine", TunnelGroupIT::likeAll);
            assertThatThrownBy(() -> group.add(
                            "taken",
                            its -> its.forward(Forward.local("db", 5432).listenOn(taken.getLocalPort()))))
                    .isInstanceOfSatisfying(
                            TunnelException.class,
                            why -> assertThat(why.reason()).isEqualTo(FailureReason.LISTEN_FAILED));
            assertThat(group.awaitUp(LONG)).isEmpty();
            assertThat(group.tunnels()).hasSize(1);
        }
    }

    @Test
    void oneDegradedTunnelMakesTheGroupNotReadyButLive() throws Exception {
        AtomicBoolean well = new AtomicBoolean(true);
        try (TunnelGroup group = group()) {
            group.add("fine", TunnelGroupIT::likeAll);
            group.add(
                    "probed",
                    its -> its.probe(Probe.of("well", any -> {
                                if (!well.get()) {
                                    throw new IllegalStateException("not well");
                                }
                            })
                            .every(Duration.ofMillis(100))
                            .failAfter(1, 1)
                            .recoverAfter(1)));
            assertThat(group.awaitUp(LONG)).isEmpty();
            well.set(false);
            await().atMost(LONG).until(() -> group.status().worst() == TunnelState.DEGRADED);
            assertThat(group.status().isReady()).isFalse();
            assertThat(group.status().isLive()).isTrue();
            assertThat(group.awaitUp(LONG)).as("degraded is up").isEmpty();
            assertThat(group).hasToString("2 tunnels: 1 UP, 1 DEGRADED");
            well.set(true);
            await().atMost(LONG).until(() -> group.status().isReady());
        }
    }

    @Test
    void allAreClosedTogetherAndNoneIsAddedAfterwards() throws Exception {
        TunnelGroup group = group();
        List<ManagedTunnel> tunnels =
                List.of(group.add("a", TunnelGroupIT::likeAll), group.add("b", TunnelGroupIT::toNobody));
        Thread.currentThread().interrupt();
        group.close();
        assertThat(Thread.interrupted()).as("it stays set").isTrue();
        group.close();
        assertThat(tunnels).extracting(ManagedTunnel::state).containsOnly(TunnelState.CLOSED);
        assertThat(group.status().worst()).isEqualTo(TunnelState.CLOSED);
        assertThat(group.awaitUp(LONG)).hasSize(2);
        assertThatIllegalStateException()
                .isThrownBy(() -> group.add("c", TunnelGroupIT::likeAll))
                .withMessage("the tunnel group is closed; 'c' needs a new one");
    }

    @Test
    void anEmptyGroupIsReady() throws Exception {
        try (TunnelGroup group = group()) {
            assertThat(group.awaitUp(LONG)).isEmpty();
            assertThat(group.status().isReady()).isTrue();
            assertThat(group.status().worst()).isEqualTo(TunnelState.UP);
            assertThat(group).hasToString("0 tunnels");
        }
    }
}
