package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Parking;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.forward.Rig.Client;
import dev.managedtunnel.internal.status.Recorder;
import dev.managedtunnel.internal.time.FakeScheduler;
import dev.managedtunnel.testing.NoLeaks;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(60)
@ExtendWith(NoLeaks.class)
class ListenerTest {
    @Test
    void listensOnLoopbackBeforeThereIsASessionAndSaysWhere() throws Exception {
        try (Rig rig = new Rig()) {
            InetSocketAddress address = rig.address();
            assertThat(address.getAddress()).isEqualTo(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
            assertThat(address.getPort()).isPositive();
            assertThat(rig.status().listening()).contains(Endpoint.tcp("127.0.0.1", address.getPort()));
            assertThat(rig.status().outcomes()).containsOnlyKeys(ConnectionOutcome.values());
            assertThatThrownBy(() -> rig.forwarder.address("other"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("forward: 'other' is none of tunnel test; it has [db:5432]");
            assertThatThrownBy(() -> rig.forwarder.socketPath(Rig.FORWARD))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("forward 'db:5432' of tunnel test has no Unix socket listener but 127.0.0.1:"
                            + address.getPort());
        }
    }

    @Test
    void localhostIsLoopbackWhateverTheNameServiceSays() throws Exception {
        try (Rig rig = new Rig(Parking.upTo(1), Forward.local("db", 5432).listenOn("localhost", 0))) {
            assertThat(rig.address().getAddress().isLoopbackAddress()).isTrue();
            rig.up(FakeLink.echo());
            Client client = rig.connect();
            client.send("x");
            assertThat(client.read(1)).isEqualTo("x");
        }
    }

    @Test
    void listensOnIpv6() throws Exception {
        boolean hasIpv6 = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .anyMatch(address -> address.getHostAddress().startsWith("0:0:0:0:0:0:0:1"));
        assumeThat(hasIpv6).as("this machine has ::1").isTrue();
        try (Rig rig = new Rig(Parking.upTo(1), Forward.local("db", 5432).listenOn("::1", 0))) {
            rig.up(FakeLink.echo());
            Client client = rig.connect();
            client.send("x");
            assertThat(client.read(1)).isEqualTo("x");
        }
    }

    @Test
    void keepsForwardsApart() throws Exception {
        try (Rig rig = new Rig(Parking.upTo(9), Forward.local("db", 5432), Forward.local("cache", 6379))) {
            FakeLink link = rig.up(new FakeLink());
            rig.connect();
            assertThat(link.next().target).isEqualTo(Endpoint.tcp("db", 5432));
            try (Socket second = new Socket()) {
                second.connect(rig.forwarder.address("cache:6379"));
                assertThat(link.next().target).isEqualTo(Endpoint.tcp("cache", 6379));
                assertThat(rig.forwarder.statuses())
                        .extracting(status -> status.forward().name(), status -> status.accepted())
                        .containsExactly(tuple("db:5432", 1L), tuple("cache:6379", 1L));
            }
        }
    }

    @Test
    void saysWhoHoldsAPortInUseAndUnbindsWhatWasBoundBefore() throws Exception {
        int free = freePort();
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int taken = other.getLocalPort();
            assertListenFailed(
                    () -> bind(
                            Forward.local("db", 1).listenOn(free),
                            Forward.local("db", 2).named("replica").listenOn(taken)),
                    "forward 'replica' can't listen on 127.0.0.1:" + taken + ": Address already in use (another socket"
                            + " has that port: stop its owner, choose another port, or 0 for any free one)");
        }
        new ServerSocket(free, 1, InetAddress.getLoopbackAddress()).close();
    }

    @Test
    void saysThatAnAddressIsNotThisMachineS() {
        assertListenFailed(
                () -> bind(Forward.local("db", 1).listenOn("192.0.2.1", 0)),
                "forward 'db:1' can't listen on 192.0.2.1:0: Cannot assign requested address (it is no address of this"
                        + " machine)");
    }

    @Test
    void saysThatANameHasNoAddress() {
        assertListenFailed(
                () -> bind(Forward.local("db", 1).listenOn("no-such-host.invalid", 0)),
                "forward 'db:1' can't listen on no-such-host.invalid:0: the name can't be resolved; listen on 127.0.0.1"
                        + " or another address of this machine");
    }

    /** By the exception alone: root, who runs this on CI, may bind any port. */
    @Test
    void saysThatAPortNeedsAPrivilege() {
        assertThat(BoundListener.reason(new BindException("Permission denied")))
                .isEqualTo("Permission denied (ports below 1024 need a privilege: choose a higher one)");
    }

    @Test
    void takesABurstOfConnections() throws Exception {
        try (Rig rig = new Rig(Parking.upTo(1000))) {
            for (int i = 0; i < 500; i++) {
                rig.connect();
            }
            rig.awaitWaiting(500);
        }
    }

    @Test
    void pausesWhenTheSystemWillNotAcceptAndThenGoesOn() throws Exception {
        FakeScheduler scheduler = new FakeScheduler();
        AtomicInteger calls = new AtomicInteger();
        BoundListener bound = Objects.requireNonNull(BoundListener.bind(Forward.local("db", 1)));
        EventLoop loop = new EventLoop("tunnel-test-loop", death -> {});
        LoopContext context = context(loop, scheduler);
        Switchboard switchboard = new Switchboard(context, Parking.upTo(5));
        LocalListener.Acceptor failingTwice = new LocalListener.Acceptor() {
            @Override
            public @Nullable SocketChannel accept() throws IOException {
                if (calls.incrementAndGet() <= 2) {
                    throw new SocketException("Too many open files");
                }
                return bound.server().accept();
            }
        };
        ForwardStats stats = new ForwardStats(bound.forward(), bound.listening());
        LocalListener listener = new LocalListener(
                bound,
                failingTwice,
                client -> switchboard.accepted(client, stats, new Route.ToTarget(Endpoint.tcp("db", 5432))),
                context);
        loop.start();
        try (Socket client = new Socket()) {
            client.connect(bound.address());
            for (int failures = 1; failures <= 2; failures++) {
                int expected = failures;
                Rig.until("a pause", () -> scheduler.pending() == 1 && calls.get() == expected);
                scheduler.advance(LocalListener.PAUSE);
            }
            Rig.until("accepted", () -> stats.snapshot().parked() == 1);
        } finally {
            loop.execute(() -> {
                listener.close("over");
                switchboard.closeAll();
                loop.stop();
            });
            loop.awaitEnd(Duration.ofSeconds(5));
        }
        assertThat(scheduler.pending()).isZero();
    }

    private static LoopContext context(EventLoop loop, FakeScheduler scheduler) {
        return new LoopContext(
                "test",
                loop,
                scheduler,
                Recorder.NONE,
                new Outcomes("test", scheduler, event -> {}),
                new LingeringSockets(loop, scheduler),
                2L * Rig.MAX_WINDOW);
    }

    private static Forwarder bind(Forward... forwards) {
        return Forwarder.bind(
                "test",
                List.of(forwards),
                Parking.off(),
                Rig.MAX_WINDOW,
                new FakeScheduler(),
                Runnable::run,
                Recorder.NONE,
                event -> {});
    }

    private static void assertListenFailed(ThrowingCallable binding, String message) {
        assertThatThrownBy(binding)
                .isInstanceOf(TunnelException.class)
                .hasMessage(message + "; choose a free port or path that this user may bind [LISTEN_FAILED]")
                .hasCauseInstanceOf(IOException.class)
                .extracting(failed -> ((TunnelException) failed).reason())
                .isEqualTo(FailureReason.LISTEN_FAILED);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
