package dev.managedtunnel.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.Parking;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.testing.FreePorts;
import dev.managedtunnel.testing.NoLeaks;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Which forward a driver's socket is led to. There is no gateway: what was found shows in the text of the refusal. With
 * one, and with drivers, see {@code DriversThroughSocketsIT}.
 */
@ExtendWith(NoLeaks.class)
@Timeout(30)
class TunnelSocketFactoryTest {
    private static final Forward.Local PRIMARY =
            Forward.local("db", 5432).named("primary").inProcessOnly();
    private static final Forward.Local REPLICA =
            Forward.local("db2", 5432).named("replica").inProcessOnly();

    private final Deque<ManagedTunnel> open = new ArrayDeque<>();

    @AfterEach
    void closeAll() {
        open.forEach(ManagedTunnel::close);
    }

    @Test
    void findsByTunnelAndForward() {
        start("orders", PRIMARY, REPLICA);
        start("users", PRIMARY);
        assertThat(found("orders/primary")).isEqualTo("orders primary");
        assertThat(found("orders/replica")).isEqualTo("orders replica");
        assertThat(found("users/primary")).isEqualTo("users primary");
    }

    @Test
    void findsByTheForwardAloneWhereOnlyOneIsCalledSo() {
        start("orders", PRIMARY, REPLICA);
        start("users", PRIMARY);
        assertThat(found("replica")).isEqualTo("orders replica");
        assertThat(problem("primary"))
                .isEqualTo("'primary' may mean any of orders/primary (db:5432), users/primary (db:5432); name one of"
                        + " them as tunnel/forward");
    }

    @Test
    void findsByTheTunnelAloneWhereItHasOnlyOneForward() {
        start("orders", PRIMARY, REPLICA);
        start("users", PRIMARY);
        assertThat(found("users")).isEqualTo("users primary");
        assertThat(problem("orders"))
                .isEqualTo("no forward of an open tunnel is meant by 'orders'; there are orders/primary (db:5432),"
                        + " orders/replica (db2:5432), users/primary (db:5432)");
    }

    @Test
    void findsForwardsWhoseNamesHoldSlashes() {
        start("orders", Forward.local(Endpoint.unixSocket("/run/pg")), PRIMARY);
        assertThat(found("/run/pg")).isEqualTo("orders /run/pg");
        assertThat(found("orders//run/pg")).isEqualTo("orders /run/pg");
    }

    @Test
    void oneThatIsCalledAsItsTunnelIsMeantOnce() {
        start("orders", PRIMARY.named("orders"));
        assertThat(found("orders")).isEqualTo("orders orders");
    }

    @Test
    void tunnelsOfTheSameNameCannotBeToldApart() {
        start("orders", PRIMARY);
        start("orders", PRIMARY);
        for (String name : new String[] {"orders", "orders/primary", "primary"}) {
            assertThat(problem(name))
                    .isEqualTo("'" + name + "' may mean any of orders/primary (db:5432), orders/primary (db:5432);"
                            + " give each open tunnel a name of its own");
        }
    }

    @Test
    void withoutANameItGoesByTheHostAndPortOfTheUrl() throws Exception {
        start("orders", PRIMARY, REPLICA);
        start("files", Forward.local(Endpoint.unixSocket("/run/pg")).named("pg"));
        SocketFactory factory = new TunnelSocketFactory();
        assertThat(found(factory, InetSocketAddress.createUnresolved("db", 5432)))
                .isEqualTo("orders primary");
        InetAddress resolved = InetAddress.getByAddress("DB2", new byte[] {127, 0, 0, 9});
        assertThat(found(factory, new InetSocketAddress(resolved, 5432))).isEqualTo("orders replica");
        assertThat(problem(factory, InetSocketAddress.createUnresolved("db", 5433)))
                .isEqualTo("no forward of an open tunnel is meant by 'db:5433'; there are orders/primary (db:5432),"
                        + " orders/replica (db2:5432), files/pg (/run/pg)");
    }

    @Test
    void theUrlsHostMayBeANameToo() {
        start("orders", PRIMARY, REPLICA);
        start("staging", PRIMARY);
        SocketFactory factory = new TunnelSocketFactory(null);
        assertThat(found(factory, InetSocketAddress.createUnresolved("staging", 3306)))
                .isEqualTo("staging primary");
        assertThat(found(factory, InetSocketAddress.createUnresolved("replica", 3306)))
                .isEqualTo("orders replica");
        assertThat(problem(factory, InetSocketAddress.createUnresolved("db", 5432)))
                .startsWith("'db:5432' may mean any of orders/primary (db:5432), staging/primary (db:5432)");
    }

    @Test
    void withANameTheUrlDoesNotMatter() {
        start("orders", PRIMARY, REPLICA);
        assertThat(found(new TunnelSocketFactory("primary"), InetSocketAddress.createUnresolved("db2", 5432)))
                .isEqualTo("orders primary");
    }

    @Test
    void aDynamicForwardIsFoundByItsNameOnlyAndNotByTheUrl() {
        start("any", Forward.dynamic());
        start("orders", PRIMARY);
        assertThat(found("any/dynamic")).isEqualTo("any dynamic");
        assertThat(problem(new TunnelSocketFactory(), InetSocketAddress.createUnresolved("dynamic", 1)))
                .isEqualTo("no forward of an open tunnel is meant by 'dynamic:1'; there are any/dynamic (any target),"
                        + " orders/primary (db:5432)");
    }

    @Test
    void aClosedTunnelIsForgottenAndItsSuccessorFound() {
        SocketFactory factory = new TunnelSocketFactory("orders");
        assertThat(problem("orders")).isEqualTo("no forward of an open tunnel is meant by 'orders'; no tunnel is open");
        start("orders", PRIMARY);
        InetSocketAddress any = InetSocketAddress.createUnresolved("any", 1);
        assertThat(found(factory, any)).isEqualTo("orders primary");
        open.remove().close();
        assertThat(problem(factory, any)).endsWith("no tunnel is open");
        start("orders", REPLICA);
        assertThat(found(factory, any)).isEqualTo("orders replica");
    }

    @Test
    void aTunnelThatFailedToOpenIsForgotten() {
        assertThatThrownBy(() -> spec("orders", PRIMARY).toBuilder()
                        .restart(RestartPolicy.builder().maxStarts(1).build())
                        .build()
                        .open())
                .isInstanceOf(TunnelException.class);
        assertThat(problem("orders")).endsWith("no tunnel is open");
    }

    @Test
    void anEmptyNameIsRefused() {
        assertThatThrownBy(() -> new TunnelSocketFactory(" "))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("socketFactoryArg: it is empty; give tunnel/forward, a tunnel or a forward, or leave it"
                        + " out");
    }

    @Test
    void theFactorysOwnConnectsAreLedTheSameWay() {
        start("orders", PRIMARY, REPLICA);
        SocketFactory factory = new TunnelSocketFactory();
        InetAddress loopback = InetAddress.getLoopbackAddress();
        assertThatThrownBy(() -> factory.createSocket("db2", 5432)).hasMessageContaining("forward replica");
        assertThatThrownBy(() -> factory.createSocket("db", 5432, loopback, 0)).hasMessageContaining("forward primary");
        assertThatThrownBy(() -> factory.createSocket(loopback, 5432)).isInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> factory.createSocket(loopback, 5432, loopback, 0))
                .isInstanceOf(ConnectException.class);
    }

    /** What the documentation tells those to write whose driver passes no argument. */
    public static final class OrdersPrimary extends TunnelSocketFactory {
        public OrdersPrimary() {
            super("orders/primary");
        }
    }

    @Test
    void aSubclassMayHoldTheName() {
        start("orders", PRIMARY, REPLICA);
        assertThat(found(new OrdersPrimary(), InetSocketAddress.createUnresolved("any", 1)))
                .isEqualTo("orders primary");
    }

    private void start(String tunnel, Forward... forwards) {
        open.add(spec(tunnel, forwards).start());
    }

    private static TunnelSpec spec(String tunnel, Forward... forwards) {
        TunnelSpec.Builder builder = TunnelSpec.builder(tunnel)
                .gateway(Gateway.of("deploy", "127.0.0.1", FreePorts.next()))
                .credentials(Credentials.password(() -> "secret".toCharArray()))
                .hostKeys(HostKeys.insecureAcceptAny())
                .restart(RestartPolicy.builder()
                        .backoff(Duration.ofSeconds(10), Duration.ofSeconds(10))
                        .build())
                .parking(Parking.off());
        for (Forward forward : forwards) {
            builder.forward(forward);
        }
        return builder.build();
    }

    private static String found(@Nullable String name) {
        return found(new TunnelSocketFactory(name), InetSocketAddress.createUnresolved("any", 1));
    }

    /** Tunnel and forward. */
    private static String found(SocketFactory factory, InetSocketAddress address) {
        return problem(factory, address)
                .replaceFirst("tunnel (\\S+), forward (\\S+): no session is up, and parking is off", "$1 $2");
    }

    private static String problem(String name) {
        return problem(new TunnelSocketFactory(name), InetSocketAddress.createUnresolved("any", 1));
    }

    private static String problem(SocketFactory factory, InetSocketAddress address) {
        try (Socket socket = factory.createSocket()) {
            socket.connect(address, 10_000);
            throw new AssertionError("it is connected");
        } catch (ConnectException expected) {
            return expected.getMessage();
        } catch (IOException other) {
            throw new AssertionError(other);
        }
    }
}
