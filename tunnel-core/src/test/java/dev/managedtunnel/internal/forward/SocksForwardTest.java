package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Parking;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.forward.Rig.Client;
import dev.managedtunnel.internal.forward.Rig.End;
import dev.managedtunnel.internal.link.ChannelException.Kind;
import dev.managedtunnel.internal.socket.InProcessSocketFactory;
import dev.managedtunnel.testing.NoLeaks;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A dynamic forward, up to where its connections are like all others. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
class SocksForwardTest {
    private static final String GREETING = "050100";
    private static final String CONNECT_DB = "05010003" + "026462" + "1538";
    private static final String CONNECT_DB_4A = "04011538" + "00000001" + "6d6500" + "646200";
    private static final String GRANTED = "05000001000000000000";
    private static final String GRANTED_4 = "005a000000000000";

    private final Rig rig = new Rig(Parking.upTo(1), Forward.dynamic().named(Rig.FORWARD));

    @Test
    void connectsToWhatTheClientAskedForAndSaysSoBeforeTheTargetsFirstByte() throws Exception {
        try (rig) {
            FakeLink link = rig.up(new FakeLink());
            Client client = asks(CONNECT_DB);
            FakeChannel channel = link.next();
            assertThat(channel.target).isEqualTo(Endpoint.tcp("db", 5432));
            // The target may be heard before its confirmation is.
            channel.send(bytes("220 hello"));
            assertThat(client.socket().getInputStream().available()).isZero();
            channel.confirm();
            assertThat(hex(client, 10)).isEqualTo(GRANTED);
            assertThat(client.read(9)).isEqualTo("220 hello");
            Rig.until("credit for the target's bytes only", () -> channel.unacknowledged() == 0);
            assertThat(rig.status().bytesIn()).isEqualTo(9);
            assertThat(rig.status().active()).isEqualTo(1);
            client.send("bye");
            Rig.until("the bytes", () -> text(channel).equals("bye"));
            client.sendEof();
            Rig.until("the end", channel::gotEof);
            channel.sendEofToClient();
            assertThat(client.end()).isEqualTo(End.EOF);
            rig.awaitCount(ConnectionOutcome.SERVED, 1);
        }
    }

    @Test
    void losesNothingThatIsSentBehindTheRequest() throws Exception {
        try (rig) {
            FakeLink link = rig.up(FakeLink.echo());
            Client client = rig.connect();
            byte[] early = new byte[100_000];
            byte[] all = concat(HexFormat.of().parseHex(GREETING + CONNECT_DB), early);
            Thread sender = new Thread(() -> sendAll(client, all), "fixture-sender");
            sender.start();
            assertThat(hex(client, 12)).isEqualTo("0500" + GRANTED);
            assertThat(client.readBytes(early.length)).isEqualTo(early);
            sender.join();
            assertThat(link.next().target).isEqualTo(Endpoint.tcp("db", 5432));
        }
    }

    @Test
    void understandsARequestThatComesByteByByteAndSocks4a() throws Exception {
        try (rig) {
            FakeLink link = rig.up(FakeLink.echo());
            Client client = rig.connect();
            for (byte one : HexFormat.of().parseHex(CONNECT_DB_4A)) {
                client.send(new byte[] {one});
            }
            assertThat(hex(client, 8)).isEqualTo(GRANTED_4);
            client.send("x");
            assertThat(client.read(1)).isEqualTo("x");
            assertThat(link.next().target).isEqualTo(Endpoint.tcp("db", 5432));
        }
    }

    @ParameterizedTest
    @CsvSource({"PROHIBITED, TARGET_REFUSED, 2", "REFUSED, TARGET_REFUSED, 5", "TIMED_OUT, TARGET_TIMEOUT, 6"})
    void tellsWhyTheTargetCantBeReached(Kind kind, ConnectionOutcome outcome, int code) throws Exception {
        try (rig) {
            FakeLink link = rig.up(new FakeLink());
            Client client = asks(CONNECT_DB);
            // The reply has to survive what the client sends meanwhile.
            client.send("early");
            link.next().failOpen(kind, "the gateway did not");
            assertThat(hex(client, 10)).isEqualTo("050" + code + "0001000000000000");
            assertThat(client.end()).isEqualTo(End.EOF);
            rig.awaitCount(outcome, 1);
            assertThat(rig.status().lastError()).contains("the gateway did not");
            client.close();

            Client older = rig.connect();
            send(older, CONNECT_DB_4A);
            link.next().failOpen(kind, "the gateway did not");
            assertThat(hex(older, 8)).isEqualTo("005b000000000000");
            assertThat(older.end()).isEqualTo(End.EOF);
        }
    }

    @Test
    void parksTheRequestWhileNoSessionIsUp() throws Exception {
        try (rig) {
            Client client = asks(CONNECT_DB);
            rig.awaitParked(1);
            Client second = asks(CONNECT_DB);
            assertThat(hex(second, 10)).isEqualTo("05010001000000000000");
            rig.awaitCount(ConnectionOutcome.PARKING_FULL, 1);
            second.close();
            rig.up(FakeLink.echo());
            assertThat(hex(client, 10)).isEqualTo(GRANTED);
            client.send("x");
            assertThat(client.read(1)).isEqualTo("x");
        }
    }

    @Test
    void tellsAFailureWhenParkingExpiresAndWhenTheTunnelEnds() throws Exception {
        try (rig) {
            Client expired = asks(CONNECT_DB);
            rig.awaitParked(1);
            rig.scheduler.advance(Duration.ofSeconds(30));
            assertThat(hex(expired, 10)).isEqualTo("05010001000000000000");
            rig.awaitCount(ConnectionOutcome.PARKING_EXPIRED, 1);
            rig.forwarder.ended(new TunnelException(FailureReason.AUTH_REJECTED, "no", null));
            Client late = asks(CONNECT_DB);
            assertThat(hex(late, 10)).isEqualTo("05010001000000000000");
            rig.awaitCount(ConnectionOutcome.TUNNEL_DOWN, 1);
        }
    }

    @Test
    void movesToTheNextSessionAndGrantsOnce() throws Exception {
        try (rig) {
            FakeLink first = rig.up(new FakeLink());
            Client client = asks(CONNECT_DB);
            first.next();
            first.lose();
            rig.awaitWaiting(1);
            rig.forwarder.linkDown(first);
            FakeLink second = rig.up(new FakeLink());
            FakeChannel channel = second.next();
            channel.confirm();
            channel.send(bytes("hello"));
            assertThat(hex(client, 10)).isEqualTo(GRANTED);
            assertThat(client.read(5)).isEqualTo("hello");
        }
    }

    @Test
    void endsWithARstWhenItBreaksOnceItIsEstablished() throws Exception {
        try (rig) {
            FakeLink link = rig.up(FakeLink.echo());
            Client client = asks(CONNECT_DB);
            assertThat(hex(client, 10)).isEqualTo(GRANTED);
            rig.awaitActive(1);
            link.lose();
            assertThat(client.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.BROKEN, 1);
        }
    }

    @Test
    void givesAClientThatHangsUpWhileParkedNoPlace() throws Exception {
        try (rig) {
            Client client = asks(CONNECT_DB);
            rig.awaitParked(1);
            client.close();
            rig.awaitCount(ConnectionOutcome.CLIENT_LEFT, 1);
            assertThat(rig.status().parked()).isZero();
        }
    }

    @Test
    void cutsAClientThatTakesTooLongToAsk() throws Exception {
        try (rig) {
            rig.up(FakeLink.echo());
            Client slow = rig.connect();
            send(slow, GREETING + "0501");
            assertThat(hex(slow, 2)).isEqualTo("0500");
            assertThat(rig.status().accepted()).isZero();
            rig.scheduler.advance(SocksEntrance.LONGEST.minusMillis(1));
            send(slow, "0003");
            rig.scheduler.advance(Duration.ofMillis(1));
            assertThat(slow.end()).isEqualTo(End.RESET);
            rig.awaitCount(ConnectionOutcome.CLIENT_REFUSED, 1);
            assertThat(rig.status().lastError()).contains("the client did not ask for a target within 10 s");
            assertThat(rig.status().accepted()).isEqualTo(1);
            assertThat(rig.scheduler.pending()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "474554202f, HTTP",
        "160301, TLS",
        "050102, insists on authentication",
        "05010005020001 7f000001 0050, BIND"
    })
    void turnsAwayWhatItDoesNotServeCountsItAndSaysWhy(String hex, String why) throws Exception {
        try (rig) {
            Client client = rig.connect();
            send(client, hex);
            var unused = client.end();
            rig.awaitCount(ConnectionOutcome.CLIENT_REFUSED, 1);
            assertThat(rig.status().lastError())
                    .hasValueSatisfying(text -> assertThat(text).contains(why));
            assertThat(rig.events)
                    .singleElement()
                    .satisfies(event -> assertThat(event.outcome()).isEqualTo(ConnectionOutcome.CLIENT_REFUSED));
        }
    }

    @Test
    void aClientThatAsksForNothingHasJustLeft() throws Exception {
        try (rig) {
            rig.connect().close();
            rig.awaitCount(ConnectionOutcome.CLIENT_LEFT, 1);
            Client rude = rig.connect();
            send(rude, GREETING);
            assertThat(hex(rude, 2)).isEqualTo("0500");
            rude.reset();
            rig.awaitCount(ConnectionOutcome.CLIENT_LEFT, 2);
            assertThat(rig.scheduler.pending()).isZero();
        }
    }

    @Test
    void closeEndsThoseWhoHaveNotAskedYet() throws Exception {
        try (rig) {
            Client client = rig.connect();
            send(client, GREETING);
            assertThat(hex(client, 2)).isEqualTo("0500");
            rig.forwarder.close();
            assertThat(client.end()).isEqualTo(End.RESET);
            assertThat(rig.count(ConnectionOutcome.TUNNEL_DOWN)).isEqualTo(1);
            assertThat(rig.scheduler.pending()).isZero();
        }
    }

    @Test
    void socketsOfThisProcessConnectToWhatTheyAreAskedFor() throws Exception {
        try (rig) {
            FakeLink link = rig.up(FakeLink.echo());
            InProcessEntry entry = rig.forwarder.entry(Rig.FORWARD);
            InProcessSocketFactory sockets = new InProcessSocketFactory(asked -> entry);
            try (Socket socket = sockets.createSocket()) {
                socket.connect(InetSocketAddress.createUnresolved("db.internal", 5432));
                socket.getOutputStream().write('x');
                assertThat(socket.getInputStream().read()).isEqualTo('x');
                assertThat(socket.getPort()).isEqualTo(5432);
                assertThat(socket).hasToString("Socket[tunnel test, forward db:5432 -> db.internal:5432]");
            }
            assertThat(link.next().target).isEqualTo(Endpoint.tcp("db.internal", 5432));
            InetAddress address = InetAddress.getByAddress("elsewhere", new byte[] {10, 0, 0, 7});
            sockets.createSocket(address, 22).close();
            assertThat(link.next().target).isEqualTo(Endpoint.tcp("10.0.0.7", 22));
            try (Socket socket = sockets.createSocket()) {
                assertThatThrownBy(() -> socket.connect(InetSocketAddress.createUnresolved("db", 0)))
                        .isInstanceOf(ConnectException.class)
                        .hasMessageStartingWith("tunnel test, forward db:5432: target port: '0'");
                assertThatThrownBy(() -> socket.connect(new SocketAddress() {}))
                        .isInstanceOf(ConnectException.class)
                        .hasMessageEndingWith("it leads to no target of its own; connect to a host and port");
            }
        }
    }

    /** A client that has got through the greeting and has sent this request. */
    private Client asks(String request) throws IOException {
        Client client = rig.connect();
        send(client, GREETING);
        assertThat(hex(client, 2)).isEqualTo("0500");
        send(client, request);
        return client;
    }

    private static void send(Client client, String hex) throws IOException {
        client.send(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static void sendAll(Client client, byte[] bytes) {
        try {
            client.send(bytes);
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static String hex(Client client, int length) throws IOException {
        return HexFormat.of().formatHex(client.readBytes(length));
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] all = new byte[first.length + second.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(FakeChannel channel) {
        return new String(channel.received(), StandardCharsets.UTF_8);
    }
}
