package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Parking;
import dev.managedtunnel.internal.forward.Rig.Client;
import dev.managedtunnel.internal.forward.Rig.End;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.testing.NoLeaks;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(60)
@ExtendWith(NoLeaks.class)
class OpeningTest {
    @Test
    void asksForTheTargetAndSendsNothingBeforeConfirmation() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect();
            FakeChannel channel = link.next();
            assertThat(channel.target).isEqualTo(Endpoint.tcp("db", 5432));
            client.send("early");
            assertThat(rig.status().active()).isZero();
            assertThat(rig.status().parked()).isEqualTo(1);
            rig.scheduler.advance(Duration.ofMillis(7));
            channel.confirm();
            Rig.until("the bytes", () -> text(channel).equals("early"));
            assertThat(rig.openTimes).containsExactly(Duration.ofMillis(7));
            assertThat(rig.parkedTimes).isEmpty();
            assertThat(rig.status().accepted()).isEqualTo(1);
        }
    }

    @Test
    void deliversWhatTheTargetSaysBeforeItsConfirmationIsKnownAndCreditsItLater() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect();
            FakeChannel channel = link.next();
            channel.send(bytes("220 hello"));
            assertThat(client.read(9)).isEqualTo("220 hello");
            assertThat(channel.unacknowledged()).isEqualTo(9);
            channel.confirm();
            Rig.until("credit", () -> channel.unacknowledged() == 0);
        }
    }

    @Test
    void servesATargetThatAnswersAndEndsBeforeItsConfirmationIsKnown() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect();
            FakeChannel channel = link.next();
            channel.send(bytes("bye"));
            channel.sendEofToClient();
            channel.closeByTarget();
            assertThat(client.read(3)).isEqualTo("bye");
            channel.confirm();
            assertThat(client.end()).isEqualTo(End.EOF);
            client.close();
            rig.awaitCount(ConnectionOutcome.SERVED, 1);
        }
    }

    @Test
    void movesToTheNextSessionWithItsBytesWhenTheFirstDiesBeforeConfirmation() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink first = rig.up(new FakeLink());
            Client client = rig.connect();
            client.send("SELECT 1");
            first.next();
            first.lose();
            rig.awaitParked(1);
            rig.forwarder.linkDown(first);
            client.send(";");
            FakeLink second = rig.up(new FakeLink());
            FakeChannel channel = second.next();
            channel.confirm();
            Rig.until("the bytes", () -> text(channel).equals("SELECT 1;"));
            channel.send(bytes("1"));
            assertThat(client.read(1)).isEqualTo("1");
            assertThat(rig.status().accepted()).isEqualTo(1);
        }
    }

    @Test
    void opensOnTheNextSessionAtOnceWhenThatCameUpBeforeTheFailureWasHeard() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink first = rig.up(new FakeLink());
            Client client = rig.connect();
            first.next();
            first.loseButAnswerLater();
            rig.forwarder.linkDown(first);
            FakeLink second = rig.up(FakeLink.echo());
            Client other = rig.connect();
            other.send("b");
            assertThat(other.read(1)).isEqualTo("b");

            first.answerLate();
            client.send("a");
            assertThat(client.read(1)).isEqualTo("a");
            assertThat(second.opened).hasSize(2);
            assertThat(rig.parkedTimes).isEmpty();
        }
    }

    @Test
    void countsParkingTimeFromAcceptanceAlsoAfterAMove() throws Exception {
        try (Rig rig = new Rig(Parking.upTo(1).forAtMost(Duration.ofSeconds(30)))) {
            FakeLink first = rig.up(new FakeLink());
            Client moved = rig.connect();
            Client overdue = rig.connect();
            first.next();
            first.next();
            rig.scheduler.advance(Duration.ofSeconds(29));
            first.lose();
            // the limit holds for those that come back, too
            rig.awaitCount(ConnectionOutcome.PARKING_FULL, 1);
            rig.awaitParked(1);
            rig.scheduler.advance(Duration.ofSeconds(1));
            rig.awaitCount(ConnectionOutcome.PARKING_EXPIRED, 1);
            assertThat(moved.end()).isEqualTo(End.RESET);
            assertThat(overdue.end()).isEqualTo(End.RESET);
        }
    }

    @Test
    void givesAConnectionThatComesBackItsOldPlaceInTheQueue() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink first = rig.up(new FakeLink());
            rig.connect().send("old");
            first.next();
            first.loseButAnswerLater();
            rig.forwarder.linkDown(first);
            rig.connect().send("new");
            rig.awaitWaiting(2);
            Rig.until("a timer", () -> rig.scheduler.pending() == 1);
            first.answerLate();
            Client third = rig.connect();
            third.send("newest");
            rig.awaitWaiting(3);
            FakeLink second = rig.up(new FakeLink());
            for (String expected : new String[] {"old", "new", "newest"}) {
                FakeChannel channel = second.next();
                channel.confirm();
                Rig.until(expected, () -> text(channel).equals(expected));
            }
        }
    }

    @Test
    void breaksAConnectionWhoseTargetHadSpokenBeforeTheSessionDied() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink first = rig.up(new FakeLink());
            Client client = rig.connect();
            FakeChannel channel = first.next();
            channel.send(bytes("half an ans"));
            assertThat(client.read(11)).isEqualTo("half an ans");
            first.lose();
            assertThat(client.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.BROKEN, 1);
        }
    }

    @Test
    void tellsTheClientAndEverybodyElseThatTheTargetRefused() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect();
            link.next().refuse("db:5432: Connection refused");
            assertThat(client.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.TARGET_REFUSED, 1);
            assertThat(rig.status().lastError()).contains("db:5432: Connection refused");
            assertThat(rig.events).singleElement().satisfies(event -> {
                assertThat(event.outcome()).isEqualTo(ConnectionOutcome.TARGET_REFUSED);
                assertThat(event.detail()).isEqualTo("db:5432: Connection refused");
            });

            Client next = rig.connect();
            next.send("x");
            FakeChannel channel = link.next();
            channel.confirm();
            Rig.until("the session serves on", () -> text(channel).equals("x"));
        }
    }

    @Test
    void tellsATimeoutFromARefusal() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect();
            link.next().failOpen(ChannelException.Kind.TIMED_OUT, "no answer within 10 s");
            assertThat(client.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.TARGET_TIMEOUT, 1);
            assertThat(rig.status().lastError()).contains("no answer within 10 s");
        }
    }

    @Test
    void survivesALinkThatFailsInAnUnexpectedWay() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink(channel -> {
                throw new IllegalStateException("a bug in the link");
            }));
            assertThat(rig.endOfNewConnection()).isEqualTo(End.RESET);
            link.next();
            rig.awaitCount(ConnectionOutcome.TUNNEL_DOWN, 1);
            rig.forwarder.linkDown(link);
            FakeLink other = rig.up(new FakeLink());
            Client client = rig.connect();
            other.next().answer.completeExceptionally(new IllegalStateException("a bug in the opener"));
            assertThat(client.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.TARGET_REFUSED, 1);
            rig.forwarder.linkDown(other);
            rig.up(FakeLink.echo());
            Client served = rig.connect();
            served.send("x");
            assertThat(served.read(1)).isEqualTo("x");
        }
    }

    @Test
    void abandonsTheChannelOfAClientThatBreaksOff() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect();
            FakeChannel channel = link.next();
            client.reset();
            rig.awaitCount(ConnectionOutcome.CLIENT_LEFT, 1);
            assertThat(channel.answer).isCancelled();
            channel.confirm();
            Rig.until("closed", channel::hasEnded);
        }
    }

    @Test
    void aClientNeverOvertakesWhatWasToldBeforeItConnected() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink[] link = new FakeLink[1];
            // on the loop, in the middle of its work on the first client
            link[0] = rig.up(new FakeLink(channel -> {
                if (link[0].opened.size() == 1) {
                    rig.forwarder.linkDown(link[0]);
                    rig.connectUnchecked();
                }
            }));
            rig.connect();
            rig.awaitParked(2);
            assertThat(link[0].opened).hasSize(1);
        }
    }

    @Test
    void servesAClientThatOnlyListens() throws Exception {
        try (Rig rig = new Rig()) {
            FakeLink link = rig.up(new FakeLink());
            Client client = rig.connect();
            client.sendEof();
            FakeChannel channel = link.next();
            channel.confirm();
            Rig.until("the end", channel::gotEof);
            channel.send(bytes("12:00"));
            channel.sendEofToClient();
            assertThat(client.readAll()).asString(StandardCharsets.UTF_8).isEqualTo("12:00");
        }
    }

    private static String text(FakeChannel channel) {
        return new String(channel.received(), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
