package dev.managedtunnel.internal.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Parking;
import dev.managedtunnel.internal.socket.InProcessSocketFactory;
import dev.managedtunnel.testing.NoLeaks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.List;
import javax.net.SocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What {@code java.net.Socket} and {@code javax.net.SocketFactory} promise. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
class InProcessSocketTest {
    private static final InetSocketAddress ANY = InetSocketAddress.createUnresolved("not-a-name-anybody-knows", 1);

    private Rig rig;
    private SocketFactory factory;

    @BeforeEach
    void open() {
        rig = new Rig();
        rig.up(FakeLink.echo());
        factory = InProcessOpeningTest.sockets(rig);
    }

    @AfterEach
    void close() throws IOException {
        rig.close();
    }

    @Test
    void anUnconnectedSocketIsLikeAnyOther() throws Exception {
        try (Socket socket = factory.createSocket()) {
            assertThat(socket.isConnected()).isFalse();
            assertThat(socket.isBound()).isFalse();
            assertThat(socket.isClosed()).isFalse();
            assertThat(socket.getInetAddress()).isNull();
            assertThat(socket.getRemoteSocketAddress()).isNull();
            assertThat(socket.getLocalSocketAddress()).isNull();
            assertThat(socket.getPort()).isZero();
            assertThat(socket.getChannel()).isNull();
            assertThat(socket).hasToString("Socket[unconnected, in-process]");
            assertThatThrownBy(socket::getInputStream)
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Socket is not connected");
            assertThatThrownBy(socket::getOutputStream)
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Socket is not connected");
            assertThatThrownBy(socket::shutdownInput).isInstanceOf(SocketException.class);
            assertThatThrownBy(socket::shutdownOutput).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void aConnectedSocketShowsTheTargetAndLooksNothingUp() throws Exception {
        try (Socket socket = factory.createSocket()) {
            socket.connect(ANY, 10_000);
            assertThat(socket.isConnected()).isTrue();
            assertThat(socket.isBound()).isTrue();
            assertThat(socket.getPort()).isEqualTo(5432);
            assertThat(socket.getInetAddress()).hasToString("db/127.0.0.1");
            assertThat(socket.getRemoteSocketAddress())
                    .isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), 5432));
            assertThat(socket.getLocalAddress()).isEqualTo(InetAddress.getLoopbackAddress());
            assertThat(socket.getLocalSocketAddress()).isNotNull();
            assertThat(socket).hasToString("Socket[tunnel test, forward db:5432 -> db:5432]");
            assertThatThrownBy(() -> socket.connect(ANY))
                    .isInstanceOf(SocketException.class)
                    .hasMessageMatching("(?i)already connected");
        }
    }

    @Test
    void aClosedSocketStaysClosed() throws Exception {
        Socket socket = factory.createSocket("db", 5432);
        socket.getInputStream().close();
        assertThat(socket.isClosed()).isTrue();
        assertThat(socket.isConnected()).isTrue();
        socket.close();
        assertThatThrownBy(socket::getInputStream).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> socket.setSoTimeout(1)).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> socket.connect(ANY)).isInstanceOf(SocketException.class);
        assertThat(socket.toString()).startsWith("Socket[");
    }

    @Test
    void shuttingDownShows() throws Exception {
        try (Socket socket = factory.createSocket("db", 5432)) {
            assertThat(socket.isInputShutdown()).isFalse();
            assertThat(socket.isOutputShutdown()).isFalse();
            socket.shutdownInput();
            socket.shutdownOutput();
            assertThat(socket.isInputShutdown()).isTrue();
            assertThat(socket.isOutputShutdown()).isTrue();
            assertThatThrownBy(socket::shutdownOutput).isInstanceOf(SocketException.class);
            assertThatThrownBy(socket::getInputStream).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void addressesThatMakeNoSenseAreRefusedAndTheSocketMayStillConnect() throws Exception {
        try (Socket socket = factory.createSocket()) {
            assertThatThrownBy(() -> socket.connect(null)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> socket.connect(ANY, -1)).isInstanceOf(IllegalArgumentException.class);
            socket.connect(ANY);
            assertThat(socket.isConnected()).isTrue();
        }
    }

    @Test
    void anAddressOfAnotherKindWillDo() throws Exception {
        try (Socket socket = factory.createSocket()) {
            socket.connect(new SocketAddress() {});
            assertThat(socket.isConnected()).isTrue();
        }
    }

    @Test
    void optionsAreTakenAndShown() throws Exception {
        try (Socket socket = factory.createSocket()) {
            socket.setSoTimeout(1234);
            socket.setTcpNoDelay(false);
            socket.setKeepAlive(true);
            socket.setReuseAddress(true);
            socket.setOOBInline(true);
            socket.setTrafficClass(8);
            socket.setSendBufferSize(10_000);
            socket.setReceiveBufferSize(20_000);
            socket.setPerformancePreferences(1, 2, 3);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            socket.connect(ANY);
            assertThat(socket.getSoTimeout()).isEqualTo(1234);
            assertThat(socket.getTcpNoDelay()).isFalse();
            assertThat(socket.getKeepAlive()).isTrue();
            assertThat(socket.getReuseAddress()).isTrue();
            assertThat(socket.getOOBInline()).isTrue();
            assertThat(socket.getTrafficClass()).isEqualTo(8);
            assertThat(socket.getSendBufferSize()).isEqualTo(10_000);
            assertThat(socket.getReceiveBufferSize()).isEqualTo(20_000);
            assertThat(socket.getSoLinger()).isEqualTo(-1);
            socket.setSoLinger(true, 3);
            assertThat(socket.getSoLinger()).isEqualTo(3);
            socket.setSoLinger(false, 0);
            assertThat(socket.getSoLinger()).isEqualTo(-1);
            assertThatThrownBy(() -> socket.sendUrgentData(1)).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void optionsOfTheNewerKindAreTheSame() throws Exception {
        try (Socket socket = factory.createSocket()) {
            assertThat(socket.supportedOptions())
                    .contains(StandardSocketOptions.TCP_NODELAY, StandardSocketOptions.SO_KEEPALIVE);
            assertThat(socket.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
            socket.setOption(StandardSocketOptions.TCP_NODELAY, false);
            assertThat(socket.getTcpNoDelay()).isFalse();
            socket.setOption(StandardSocketOptions.SO_LINGER, 5);
            assertThat(socket.getSoLinger()).isEqualTo(5);
            assertThat(socket.getOption(StandardSocketOptions.SO_SNDBUF)).isPositive();
            assertThatThrownBy(() -> socket.getOption(StandardSocketOptions.IP_MULTICAST_TTL))
                    .isInstanceOf(UnsupportedOperationException.class);
            socket.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1);
            assertThat(socket.getOption(StandardSocketOptions.IP_MULTICAST_TTL)).isEqualTo(1);
        }
    }

    @Test
    void theFactoryConnectsWhereItIsGivenAnAddress() throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        for (Socket socket : List.of(
                factory.createSocket("nowhere", 1),
                factory.createSocket("nowhere", 1, loopback, 0),
                factory.createSocket(loopback, 1),
                factory.createSocket(loopback, 1, loopback, 0))) {
            try (socket) {
                socket.getOutputStream().write('x');
                assertThat(socket.getInputStream().read()).isEqualTo('x');
            }
        }
    }

    @Test
    void aTargetThatIsASocketFileIsShownAsLocal() throws Exception {
        Forward.Local forward =
                Forward.local(Endpoint.unixSocket("/run/pg.sock")).named(Rig.FORWARD);
        try (Rig other = new Rig(Parking.off(), forward.inProcessOnly())) {
            other.up(FakeLink.echo());
            InProcessEntry entry = other.forwarder.entry(Rig.FORWARD);
            try (Socket socket = new InProcessSocketFactory(asked -> entry).createSocket("any", 1)) {
                assertThat(socket.getInetAddress()).hasToString("localhost/127.0.0.1");
                assertThat(socket.getPort()).isZero();
                assertThat(socket).hasToString("Socket[tunnel test, forward db:5432 -> /run/pg.sock]");
            }
        }
    }

    @Test
    void aFailedConnectClosesTheConnectionForGood() throws Exception {
        try (Rig down = new Rig(Parking.off());
                Socket socket = InProcessOpeningTest.sockets(down).createSocket()) {
            assertThatThrownBy(() -> socket.connect(ANY)).hasMessageContaining("parking is off");
            assertThat(socket.isConnected()).isFalse();
            assertThatThrownBy(() -> socket.connect(ANY))
                    .isInstanceOf(SocketException.class)
                    .hasMessageMatching("Socket (is )?closed");
        }
    }

    @Test
    void badRangesAreRefused() throws Exception {
        try (Socket socket = factory.createSocket("db", 5432)) {
            assertThatThrownBy(() -> socket.getInputStream().read(new byte[1], 1, 1))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> socket.getOutputStream().write(new byte[1], 0, 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(socket.getInputStream().read(new byte[1], 0, 0)).isZero();
        }
    }
}
