package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Parking;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.forward.Rig.Client;
import dev.managedtunnel.internal.forward.Rig.End;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(60)
@ExtendWith(NoLeaks.class)
class ParkingTest {
    @Test
    void servesInOrderOfArrivalWhenASessionComesUp() throws Exception {
        try (Rig rig = new Rig()) {
            for (int i = 0; i < 20; i++) {
                rig.connect().send("client " + (char) ('a' + i));
                rig.awaitWaiting(i + 1);
            }
            rig.awaitParked(20);
            rig.scheduler.advance(Duration.ofSeconds(2));
            FakeLink link = rig.up(new FakeLink());
            for (int i = 0; i < 20; i++) {
                FakeChannel channel = link.next();
                channel.confirm();
                String expected = "client " + (char) ('a' + i);
                Rig.until(expected, () -> text(channel).equals(expected));
            }
            rig.awaitActive(20);
            assertThat(rig.status().parked()).isZero();
            assertThat(rig.parkedTimes).hasSize(20).containsOnly(Duration.ofSeconds(2));
            assertThat(rig.openTimes).hasSize(20);
            assertThat(rig.scheduler.pending()).isZero();
        }
    }

    @Test
    void refusesWithAResetOverTheLimit() throws Exception {
        try (Rig rig = new Rig(Parking.upTo(2))) {
            Client first = rig.connect();
            rig.awaitWaiting(1);
            rig.connect();
            rig.awaitWaiting(2);
            assertThat(rig.endOfNewConnection()).isEqualTo(End.RESET);
            assertThat(rig.count(ConnectionOutcome.PARKING_FULL)).isEqualTo(1);
            assertThat(rig.status().accepted()).isEqualTo(3);
            assertThat(rig.status().lastError()).contains("no session is up, and 2 wait already");
            assertThat(rig.events).singleElement().satisfies(event -> {
                assertThat(event.tunnel()).isEqualTo("test");
                assertThat(event.forward()).isEqualTo(Rig.FORWARD);
                assertThat(event.outcome()).isEqualTo(ConnectionOutcome.PARKING_FULL);
            });

            rig.up(FakeLink.echo());
            first.send("ping");
            assertThat(first.read(4)).isEqualTo("ping");
        }
    }

    @Test
    void givesUpAConnectionWhenItsTimeIsUpAndNotBefore() throws Exception {
        try (Rig rig = new Rig(Parking.upTo(10).forAtMost(Duration.ofSeconds(30)))) {
            Client early = rig.connect();
            rig.awaitParked(1);
            rig.scheduler.advance(Duration.ofSeconds(20));
            Client late = rig.connect();
            rig.awaitWaiting(2);
            rig.scheduler.advance(Duration.ofSeconds(10));
            assertThat(early.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.PARKING_EXPIRED, 1);
            rig.awaitParked(1);
            assertThat(rig.status().lastError()).contains("no session came up within 30 s");

            rig.scheduler.advance(Duration.ofSeconds(20));
            assertThat(late.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.PARKING_EXPIRED, 2);
            assertThat(rig.parkedTimes).containsExactly(Duration.ofSeconds(30), Duration.ofSeconds(30));
            assertThat(rig.scheduler.pending()).isZero();
        }
    }

    @Test
    void refusesAtOnceWhenOff() throws Exception {
        try (Rig rig = new Rig(Parking.off())) {
            assertThat(rig.endOfNewConnection()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.PARKING_FULL, 1);
            assertThat(rig.status().lastError()).contains("no session is up, and parking is off");
            rig.up(FakeLink.echo());
            Client client = rig.connect();
            client.send("x");
            assertThat(client.read(1)).isEqualTo("x");
        }
    }

    @Test
    void dropsClientsThatLeaveWhileParked() throws Exception {
        try (Rig rig = new Rig()) {
            Client hangsUp = rig.connect();
            Client resets = rig.connect();
            Client sendsAndResets = rig.connect();
            sendsAndResets.send("hello");
            rig.awaitParked(3);
            hangsUp.close();
            resets.reset();
            sendsAndResets.reset();
            rig.awaitCount(ConnectionOutcome.CLIENT_LEFT, 3);
            Rig.until("no timer", () -> rig.scheduler.pending() == 0);
            assertThat(rig.parkedTimes).hasSize(3);
            assertThat(rig.status().lastError()).isEmpty();
            assertThat(rig.events).hasSize(3);
            assertThat(rig.up(new FakeLink()).opened).isEmpty();
        }
    }

    @Test
    void keepsAClientThatHasSentItsRequestAndClosedItsSide() throws Exception {
        try (Rig rig = new Rig()) {
            Client client = rig.connect();
            client.send("request");
            client.sendEof();
            rig.awaitParked(1);
            FakeLink link = rig.up(new FakeLink());
            FakeChannel channel = link.next();
            channel.confirm();
            Rig.until("the end at the target", channel::gotEof);
            assertThat(text(channel)).isEqualTo("request");
            channel.send("response".getBytes(StandardCharsets.UTF_8));
            channel.sendEofToClient();
            assertThat(client.readAll()).asString(StandardCharsets.UTF_8).isEqualTo("response");
            rig.awaitCount(ConnectionOutcome.SERVED, 1);
        }
    }

    @Test
    void holdsBackNoMoreThanABufferOfAParkedClientAndLosesNoneOfIt() throws Exception {
        byte[] sent = TestData.bytes(1, 3_000_000);
        try (Rig rig = new Rig()) {
            Client client = rig.connect();
            Thread sender = new Thread(
                    () -> {
                        try {
                            client.send(sent);
                            client.sendEof();
                        } catch (IOException failed) {
                            throw new IllegalStateException(failed);
                        }
                    },
                    "fixture-sender");
            sender.start();
            rig.awaitParked(1);
            rig.up(FakeLink.echo());
            assertThat(client.readAll()).isEqualTo(sent);
            sender.join();
        }
    }

    @Test
    void endsWhatIsParkedAndWhatComesWhenTheTunnelHasFailed() throws Exception {
        try (Rig rig = new Rig()) {
            Client parked = rig.connect();
            rig.awaitParked(1);
            rig.forwarder.ended(new TunnelException(FailureReason.AUTH_REJECTED, "no key fits", null));
            assertThat(parked.end()).isEqualTo(End.RESET);
            assertThat(rig.endOfNewConnection()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.TUNNEL_DOWN, 2);
            assertThat(rig.status().lastError().orElseThrow())
                    .startsWith("no session will come: no key fits")
                    .contains("[AUTH_REJECTED]");
            assertThat(rig.scheduler.pending()).isZero();
        }
    }

    @Test
    void parksAgainAfterALoss() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink first = rig.up(FakeLink.echo());
            Client broken = rig.connect();
            broken.send("x");
            assertThat(broken.read(1)).isEqualTo("x");
            first.lose();
            rig.forwarder.linkDown(first);
            assertThat(broken.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.BROKEN, 1);

            Client waiting = rig.connect();
            waiting.send("y");
            rig.awaitParked(1);
            rig.up(FakeLink.echo());
            assertThat(waiting.read(1)).isEqualTo("y");
        }
    }

    private static String text(FakeChannel channel) {
        return new String(channel.received(), StandardCharsets.UTF_8);
    }
}
