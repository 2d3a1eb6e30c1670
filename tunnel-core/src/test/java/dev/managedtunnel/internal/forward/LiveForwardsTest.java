package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Parking;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.forward.Rig.Client;
import dev.managedtunnel.internal.forward.Rig.End;
import dev.managedtunnel.testing.FreePorts;
import dev.managedtunnel.testing.NoLeaks;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Forwards that come and go while the forwarder runs. Remote ones: {@link LiveRemoteForwardsTest}. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
class LiveForwardsTest {
    private static final Forward.Local LATE = Forward.local("late", 1).named("late");
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Rig rig = new Rig(Parking.upTo(5));

    @Test
    void oneThatIsAddedServesAtOnceAndIsSeenEverywhere() throws Exception {
        try (rig) {
            FakeLink link = rig.up(FakeLink.echo());
            rig.forwarder.add(LATE);
            assertEchoes(client("late"));
            assertThat(link.next().target).isEqualTo(Endpoint.tcp("late", 1));
            assertThat(names()).containsExactly(Rig.FORWARD, "late");
            assertThat(late().active()).isEqualTo(1);
            assertThat(rig.forwarder.entries())
                    .extracting(entry -> entry.forward().name())
                    .containsExactly(Rig.FORWARD, "late");
            assertThat(rig.changes)
                    .singleElement()
                    .isEqualTo(new TunnelEvent.ForwardAdded("test", rig.scheduler.now(), LATE));
            assertEchoes(rig.connect());
        }
    }

    @Test
    void itStaysThroughTheLossOfSessionsAndParksMeanwhile() throws Exception {
        try (rig) {
            rig.forwarder.add(LATE);
            Client parked = client("late");
            Rig.until("parked", () -> late().parked() == 1);
            FakeLink first = rig.up(FakeLink.echo());
            assertEchoes(parked);
            first.lose();
            assertThat(parked.end()).isEqualTo(End.RESET);
            rig.forwarder.linkDown(first);
            Client next = client("late");
            Rig.until("parked", () -> late().parked() == 1);
            rig.up(FakeLink.echo());
            assertEchoes(next);
        }
    }

    @Test
    void aDynamicOneAndAnInProcessOneAndASocketMayBeAddedToo(@TempDir Path dir) throws Exception {
        try (rig) {
            rig.up(FakeLink.echo());
            rig.forwarder.add(Forward.dynamic());
            rig.forwarder.add(LATE.inProcessOnly());
            rig.forwarder.add(LATE.named("socket").listenOn(dir.resolve("s")));
            assertThat(rig.forwarder.address("dynamic").getPort()).isPositive();
            assertThat(rig.forwarder.socketPath("socket")).exists();
            InProcessClient client = rig.forwarder.entry("late").call();
            client.awaitOpen(10_000);
            client.close();
            rig.forwarder.remove("socket", Duration.ZERO).get(10, TimeUnit.SECONDS);
            assertThat(dir.resolve("s")).doesNotExist();
        }
    }

    @Test
    void aNameThatIsTakenIsRefusedAndNothingIsBound() throws Exception {
        int port = FreePorts.next();
        try (rig) {
            assertThatThrownBy(() -> rig.forwarder.add(
                            Forward.local("late", 1).named(Rig.FORWARD).listenOn(port)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("forward name: 'db:5432' is taken in tunnel test; tell them apart with named(...)");
            assertThat(names()).containsExactly(Rig.FORWARD);
            assertFree(port);
        }
    }

    @Test
    void aPlaceThatIsTakenIsRefusedWhetherItWasAskedForOrGiven() throws Exception {
        int port = FreePorts.next();
        try (rig) {
            rig.forwarder.add(LATE.listenOn(port));
            int given = rig.address().getPort();
            for (int taken : new int[] {port, given}) {
                assertThatThrownBy(() -> rig.forwarder.add(LATE.named("other").listenOn(taken)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageMatching("forward listener: '127.0.0.1:" + taken + "' is that of forward '"
                                + (taken == port ? "late" : Rig.FORWARD) + "' of tunnel test; choose another");
            }
            assertThat(names()).containsExactly(Rig.FORWARD, "late");
        }
    }

    @Test
    void oneThatCantListenChangesNothing() throws Exception {
        try (rig;
                ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Forward.Local blocked = LATE.listenOn(other.getLocalPort());
            assertRefused(() -> rig.forwarder.add(blocked), FailureReason.LISTEN_FAILED, "can't listen on 127.0.0.1:");
            assertThat(names()).containsExactly(Rig.FORWARD);
            assertThat(rig.changes).isEmpty();
            other.close();
            rig.forwarder.add(blocked);
            assertThat(rig.forwarder.address("late").getPort()).isEqualTo(other.getLocalPort());
        }
    }

    @Test
    void oneThatIsRemovedEndsItsConnectionsAndNoOthers() throws Exception {
        try (rig) {
            rig.forwarder.add(LATE);
            FakeLink link = rig.up(FakeLink.echo());
            Client other = rig.connect();
            assertEchoes(other);
            Client established = client("late");
            assertEchoes(established);
            FakeLink slow = rig.up(new FakeLink());
            Client opening = client("late");
            slow.next();
            rig.forwarder.linkDown(slow);
            rig.forwarder.linkDown(link);
            Client parked = client("late");
            Rig.until("parked", () -> late().parked() == 2);
            InProcessEntry entry = rig.forwarder.entry("late");
            InetSocketAddress address = rig.forwarder.address("late");

            rig.forwarder.remove("late", Duration.ZERO).get(10, TimeUnit.SECONDS);

            assertThat(established.end()).isEqualTo(End.RESET);
            assertThat(opening.end()).isEqualTo(End.RESET);
            assertThat(parked.end()).isEqualTo(End.RESET);
            assertThat(rig.events)
                    .allSatisfy(event -> assertThat(event.detail()).isEqualTo("forward 'late' was removed"))
                    .extracting(TunnelEvent.ConnectionFailed::outcome)
                    .containsExactlyInAnyOrder(
                            ConnectionOutcome.BROKEN, ConnectionOutcome.TUNNEL_DOWN, ConnectionOutcome.TUNNEL_DOWN);
            assertThat(names()).containsExactly(Rig.FORWARD);
            assertThat(rig.changes).last().isEqualTo(new TunnelEvent.ForwardRemoved("test", rig.scheduler.now(), LATE));
            assertThatThrownBy(() -> Rig.endOfNewConnection(address)).isInstanceOf(ConnectException.class);
            assertUnknown(() -> rig.forwarder.address("late"));
            assertUnknown(() -> rig.forwarder.entry("late"));
            assertUnknown(() -> rig.forwarder.remove("late", Duration.ZERO));
            InProcessClient late = entry.call();
            assertThatThrownBy(() -> late.awaitOpen(10_000))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("tunnel test, forward late: forward 'late' was removed");
            assertEchoes(other);
            assertThat(link.live()).isEqualTo(1);
        }
    }

    @Test
    void aDrainLetsWhatIsEstablishedEndByItselfAndRefusesTheRest() throws Exception {
        try (rig) {
            rig.forwarder.add(LATE);
            FakeLink link = rig.up(FakeLink.echo());
            Client established = client("late");
            assertEchoes(established);
            rig.forwarder.linkDown(link);
            Client parked = client("late");
            Rig.until("parked", () -> late().parked() == 1);
            InetSocketAddress address = rig.forwarder.address("late");

            Future<Void> removed = rig.forwarder.remove("late", MINUTE);
            assertThat(parked.end()).isEqualTo(End.RESET);
            assertEchoes(established);
            assertThat(removed).isNotDone();
            assertThat(late().listening()).isEmpty();
            assertThat(late().active()).isEqualTo(1);
            assertThatThrownBy(() -> Rig.endOfNewConnection(address)).isInstanceOf(ConnectException.class);
            assertThatThrownBy(() -> rig.forwarder.address("late"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("forward 'late' of tunnel test has no TCP listener: it is removed, and ends with its"
                            + " last connection");
            assertThatThrownBy(() -> rig.forwarder.add(LATE))
                    .hasMessage("forward name: 'late' is taken in tunnel test until the last connection of the removed"
                            + " forward has ended");
            // The place is free, though.
            rig.forwarder.add(LATE.named("next").listenOn(address.getPort()));

            established.sendEof();
            assertThat(established.end()).isEqualTo(End.EOF);
            removed.get(10, TimeUnit.SECONDS);
            assertThat(names()).containsExactly(Rig.FORWARD, "next");
            Rig.until("no timer", () -> rig.scheduler.pending() == 0);
        }
    }

    @Test
    void aDrainThatTakesTooLongIsCutOff() throws Exception {
        try (rig) {
            rig.forwarder.add(LATE);
            rig.up(FakeLink.echo());
            Client established = client("late");
            assertEchoes(established);
            Future<Void> removed = rig.forwarder.remove("late", MINUTE);
            Rig.until("a timer", () -> rig.scheduler.pending() == 1);
            rig.scheduler.advance(MINUTE.minusMillis(1));
            assertEchoes(established);
            rig.scheduler.advance(Duration.ofMillis(1));
            assertThat(established.end()).isEqualTo(End.RESET);
            removed.get(10, TimeUnit.SECONDS);
            assertThat(names()).containsExactly(Rig.FORWARD);
        }
    }

    @Test
    void removedTwiceTheShorterTimeCountsAndBothHearOfIt() throws Exception {
        try (rig) {
            rig.forwarder.add(LATE);
            rig.up(FakeLink.echo());
            Client established = client("late");
            assertEchoes(established);
            Future<Void> patient = rig.forwarder.remove("late", MINUTE);
            Future<Void> impatient = rig.forwarder.remove("late", Duration.ZERO);
            assertThat(established.end()).isEqualTo(End.RESET);
            patient.get(10, TimeUnit.SECONDS);
            impatient.get(10, TimeUnit.SECONDS);
            assertThat(rig.changes).hasSize(2);
            assertThat(rig.scheduler.pending()).isZero();
        }
    }

    @Test
    void oneThatIsBeingOpenedInADrainMayStillGetItsChannelButWaitsForNoOtherSession() throws Exception {
        try (rig) {
            rig.forwarder.add(LATE);
            FakeLink link = rig.up(new FakeLink());
            Client lucky = client("late");
            FakeChannel channel = link.next();
            Client unlucky = client("late");
            link.next();
            Future<Void> removed = rig.forwarder.remove("late", MINUTE);
            Rig.until("it leaves", () -> late().listening().isEmpty());
            channel.confirm();
            channel.send("hi".getBytes(StandardCharsets.UTF_8));
            assertThat(lucky.read(2)).isEqualTo("hi");
            link.lose();
            assertThat(lucky.end()).isEqualTo(End.RESET);
            assertThat(unlucky.end()).isEqualTo(End.RESET);
            removed.get(10, TimeUnit.SECONDS);
            assertThat(rig.events)
                    .extracting(TunnelEvent.ConnectionFailed::outcome)
                    .containsExactlyInAnyOrder(ConnectionOutcome.BROKEN, ConnectionOutcome.TUNNEL_DOWN);
        }
    }

    @Test
    void theLastOneMayBeRemovedAndAnotherAdded() throws Exception {
        try (rig) {
            rig.up(FakeLink.echo());
            rig.forwarder.remove(Rig.FORWARD, MINUTE).get(10, TimeUnit.SECONDS);
            assertThat(names()).isEmpty();
            assertThatThrownBy(() -> rig.forwarder.address()).isInstanceOf(IllegalStateException.class);
            rig.forwarder.add(Forward.local("db", 5432));
            assertEchoes(rig.connect());
            assertThat(rig.forwarder.address()).isEqualTo(rig.address());
        }
    }

    @Test
    void removingADynamicOneEndsThoseWhoHaveNotAskedYet() throws Exception {
        try (rig) {
            rig.forwarder.add(Forward.dynamic());
            Client asking = client("dynamic");
            asking.send(new byte[] {5, 1, 0});
            assertThat(asking.readBytes(2)).containsExactly(5, 0);
            rig.forwarder.remove("dynamic", MINUTE).get(10, TimeUnit.SECONDS);
            assertThat(asking.end()).isEqualTo(End.RESET);
            assertThat(rig.scheduler.pending()).isZero();
        }
    }

    @Test
    void closingTheTunnelEndsADrainAndNothingIsAddedAfterwards() throws Exception {
        try (rig) {
            rig.forwarder.add(LATE);
            rig.up(FakeLink.echo());
            Client established = client("late");
            assertEchoes(established);
            Future<Void> removed = rig.forwarder.remove("late", MINUTE);
            Future<Void> drained = rig.forwarder.drain();
            int port = FreePorts.next();
            assertRefused(
                    () -> rig.forwarder.add(LATE.named("other").listenOn(port)),
                    FailureReason.CLOSED,
                    "tunnel test is closed");
            assertThat(drained).isNotDone();
            rig.forwarder.close();
            assertThat(established.end()).isEqualTo(End.RESET);
            removed.get(10, TimeUnit.SECONDS);
            assertRefused(
                    () -> rig.forwarder.add(LATE.named("other").listenOn(port)),
                    FailureReason.CLOSED,
                    "tunnel test is closed");
            assertFree(port);
            rig.forwarder.remove(Rig.FORWARD, MINUTE).get(10, TimeUnit.SECONDS);
            assertThat(rig.scheduler.pending()).isZero();
        }
    }

    @Test
    void manyMayAddAndRemoveAtOnceWhileOneCloses() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (rig) {
            rig.up(FakeLink.echo());
            List<Callable<Void>> all = new ArrayList<>();
            for (int seed = 0; seed < 8; seed++) {
                Random random = new Random(seed);
                all.add(() -> {
                    for (int i = 0; i < 200; i++) {
                        change("late " + random.nextInt(3), random);
                    }
                    return null;
                });
            }
            List<Future<Void>> running = new ArrayList<>();
            all.forEach(one -> running.add(threads.submit(one)));
            // The last one stays, and serves all the time.
            for (int i = 0; i < 20; i++) {
                assertEchoes(rig.connect());
            }
            CompletableFuture.runAsync(rig.forwarder::close, threads).get(20, TimeUnit.SECONDS);
            for (Future<Void> one : running) {
                one.get(20, TimeUnit.SECONDS);
            }
            assertThat(rig.scheduler.pending()).isZero();
        } finally {
            Rig.end(threads);
        }
    }

    private void change(String name, Random random) throws Exception {
        try {
            if (random.nextBoolean()) {
                rig.forwarder.add(
                        random.nextBoolean()
                                ? LATE.named(name)
                                : Forward.dynamic().named(name));
                client(name).close();
            } else {
                rig.forwarder
                        .remove(name, random.nextBoolean() ? Duration.ZERO : MINUTE)
                        .get(20, TimeUnit.SECONDS);
            }
        } catch (IllegalArgumentException | IOException takenOrGone) {
            // As it should be: others were faster.
        } catch (TunnelException closed) {
            assertThat(closed.reason()).isEqualTo(FailureReason.CLOSED);
        }
    }

    private TunnelStatus.Forwarded late() {
        return rig.forwarder.statuses().stream()
                .filter(one -> one.forward().name().equals("late"))
                .findFirst()
                .orElseThrow();
    }

    private List<String> names() {
        return rig.forwarder.statuses().stream()
                .map(one -> one.forward().name())
                .toList();
    }

    private Client client(String forward) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(10_000);
        Client client = rig.own(new Client(socket));
        socket.connect(rig.forwarder.address(forward));
        return client;
    }

    private static void assertEchoes(Client client) throws IOException {
        client.send("echo");
        assertThat(client.read(4)).isEqualTo("echo");
    }

    private static void assertRefused(ThrowingCallable call, FailureReason reason, String text) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(text);
    }

    private static void assertUnknown(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("forward: 'late' is none of tunnel test; it has [db:5432]");
    }

    private static void assertFree(int port) throws IOException {
        new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }
}
