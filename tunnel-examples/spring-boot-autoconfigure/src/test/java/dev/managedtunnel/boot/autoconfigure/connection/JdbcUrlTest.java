package dev.managedtunnel.boot.autoconfigure.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.boot.ManagedTunnels;
import dev.managedtunnel.boot.TestTunnels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class JdbcUrlTest {
    private static final String FACTORY = "socketFactory=dev.managedtunnel.jdbc.TunnelSocketFactory";

    @Test
    void theServerIsReplacedByTheTunnelsListener() {
        with("db.internal:5432", (tunnels, at) -> {
            assertThat(JdbcUrl.through("jdbc:postgresql://db.internal:5432/orders?ApplicationName=a&user=b", tunnels))
                    .isEqualTo("jdbc:postgresql://" + at + "/orders?ApplicationName=a&user=b&sslResponseTimeout=30000");
            assertThat(JdbcUrl.through("jdbc:postgresql://DB.internal/orders", tunnels))
                    .isEqualTo("jdbc:postgresql://" + at + "/orders?sslResponseTimeout=30000");
            assertThat(JdbcUrl.through("jdbc:postgresql://db.internal:5432/orders?sslResponseTimeout=1", tunnels))
                    .isEqualTo("jdbc:postgresql://" + at + "/orders?sslResponseTimeout=1");
        });
    }

    @Test
    void eachDriverHasItsDefaultPort() {
        with("db.internal:3306", (tunnels, at) -> {
            assertThat(JdbcUrl.through("jdbc:mysql://db.internal/orders?a=b", tunnels))
                    .isEqualTo("jdbc:mysql://" + at + "/orders?a=b");
            assertThat(JdbcUrl.through("jdbc:mariadb://db.internal:3306/orders", tunnels))
                    .isEqualTo("jdbc:mariadb://" + at + "/orders");
            assertThat(JdbcUrl.through("jdbc:mysql://me:secret@db.internal/orders", tunnels))
                    .isEqualTo("jdbc:mysql://me:secret@" + at + "/orders");
        });
        with(
                "db.internal:1433",
                (tunnels, at) -> assertThat(
                                JdbcUrl.through("jdbc:sqlserver://db.internal;databaseName=orders", tunnels))
                        .isEqualTo("jdbc:sqlserver://" + at + ";databaseName=orders"));
        with("db.internal:1521", (tunnels, at) -> {
            assertThat(JdbcUrl.through("jdbc:oracle:thin:@//db.internal/orders", tunnels))
                    .isEqualTo("jdbc:oracle:thin:@//" + at + "/orders");
            assertThat(JdbcUrl.through("jdbc:oracle:thin:@db.internal:1521:orders", tunnels))
                    .isEqualTo("jdbc:oracle:thin:@" + at + ":orders");
        });
    }

    @Test
    void anIpv6AddressIsOneToo() {
        with(
                "[fd00::1]:5432",
                (tunnels, at) -> assertThat(JdbcUrl.through("jdbc:postgresql://[fd00::1]/orders", tunnels))
                        .startsWith("jdbc:postgresql://" + at + "/orders"));
    }

    @Test
    void ofSeveralServersThoseAreReplacedThatATunnelLeadsTo() {
        with(
                "db.internal:5432",
                (tunnels, at) -> assertThat(JdbcUrl.through("jdbc:postgresql://db.internal,near:5433/orders", tunnels))
                        .startsWith("jdbc:postgresql://" + at + ",near:5433/orders"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db.internal:5433/orders",
                "jdbc:postgresql://other.db.internal:5432/orders",
                "jdbc:postgresql://db.internal:54321/orders",
                "jdbc:postgresql:orders",
                "jdbc:h2:mem:orders",
                "jdbc:h2:tcp://db.internal/orders",
                "jdbc:tc:postgresql:18:///orders",
                "jdbc:postgresql://db.internal:5432/orders?" + FACTORY + "&socketFactoryArg=orders",
                "jdbc:oracle:thin:@orders_tns?TNS_ADMIN=/x",
                "nonsense"
            })
    void otherUrlsStayAsTheyAre(String url) {
        with(
                "db.internal:5432",
                (tunnels, at) -> assertThat(JdbcUrl.through(url, tunnels)).isEqualTo(url));
    }

    @Test
    void whereTheHostNameIsCheckedTheUrlKeepsIt() {
        with(
                "db.internal:5432",
                (tunnels, at) -> assertThat(
                                JdbcUrl.through("jdbc:postgresql://db.internal/orders?sslmode=verify-full", tunnels))
                        .isEqualTo("jdbc:postgresql://db.internal/orders?sslmode=verify-full&" + FACTORY
                                + "&socketFactoryArg=orders%2Fdb.internal%3A5432&connectTimeout=30"));
        with(
                "db.internal:3306",
                (tunnels, at) -> assertThat(
                                JdbcUrl.through("jdbc:mariadb://db.internal/orders?sslMode=verify-full", tunnels))
                        .isEqualTo("jdbc:mariadb://db.internal/orders?sslMode=verify-full&" + FACTORY));
    }

    @Test
    void aForwardWithoutAListenerIsForDriversThatTakeASocketFactory() {
        TestTunnels.contextRunner()
                .withPropertyValues(
                        "managed-tunnel.tunnels.orders.forwards[0].local=db.internal:3306",
                        "managed-tunnel.tunnels.orders.forwards[0].name=orders",
                        "managed-tunnel.tunnels.orders.forwards[0].listen-on=in-process")
                .run(context -> {
                    ManagedTunnels tunnels = context.getBean(ManagedTunnels.class);
                    assertThat(JdbcUrl.through("jdbc:mariadb://db.internal/orders", tunnels))
                            .isEqualTo("jdbc:mariadb://db.internal/orders?" + FACTORY);
                    assertThatIllegalStateException()
                            .isThrownBy(() -> JdbcUrl.through("jdbc:mysql://db.internal/orders", tunnels))
                            .withMessage(
                                    "jdbc:mysql can't use forward orders/orders, which listens on no TCP port; give it"
                                            + " a listen-on, or leave that out for a free port");
                });
    }

    @Test
    void aTargetOfTwoTunnelsIsRefusedUntilOneIsChosen() {
        ApplicationContextRunner both = TestTunnels.contextRunner()
                .withPropertyValues(
                        "managed-tunnel.tunnels.a.forwards=db.internal:5432",
                        "managed-tunnel.tunnels.b.forwards=db.internal:5432");
        both.run(context -> assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
                .isThrownBy(() ->
                        JdbcUrl.through("jdbc:postgresql://db.internal/orders", context.getBean(ManagedTunnels.class)))
                .satisfies(refused -> {
                    assertThat(refused.getName()).isEqualTo("managed-tunnel.tunnels.b.redirect-connections");
                    assertThat(refused.getReason())
                            .isEqualTo("db.internal:5432 is the target of several forwards: a/db.internal:5432,"
                                    + " b/db.internal:5432; set redirect-connections to false for all tunnels but one");
                }));
        both.withPropertyValues("managed-tunnel.tunnels.b.redirect-connections=false")
                .run(context -> {
                    ManagedTunnels tunnels = context.getBean(ManagedTunnels.class);
                    int port = tunnels.find("a").orElseThrow().address().getPort();
                    assertThat(JdbcUrl.through("jdbc:postgresql://db.internal/orders", tunnels))
                            .contains("127.0.0.1:" + port);
                });
    }

    @Test
    void theTunnelsOfAUrlAreFound() {
        with("db.internal:5432", (tunnels, at) -> {
            assertThat(JdbcUrl.tunnelsOf("jdbc:postgresql://" + at + "/orders", tunnels))
                    .hasSize(1);
            assertThat(JdbcUrl.tunnelsOf("jdbc:postgresql://db.internal/orders?" + FACTORY, tunnels))
                    .hasSize(1);
            assertThat(JdbcUrl.tunnelsOf("jdbc:postgresql://db.internal/orders", tunnels))
                    .isEmpty();
            assertThat(JdbcUrl.tunnelsOf("jdbc:h2:mem:orders", tunnels)).isEmpty();
        });
    }

    @Test
    void aListenerOnAllAddressesIsReachedOnLoopback() {
        TestTunnels.contextRunner()
                .withPropertyValues(
                        "managed-tunnel.tunnels.orders.forwards[0].local=db.internal:5432",
                        "managed-tunnel.tunnels.orders.forwards[0].listen-on=*:0")
                .run(context -> assertThat(JdbcUrl.through(
                                "jdbc:postgresql://db.internal/orders", context.getBean(ManagedTunnels.class)))
                        .startsWith("jdbc:postgresql://127.0.0.1:"));
    }

    private interface Check {
        void with(ManagedTunnels tunnels, String listener);
    }

    private static void with(String target, Check check) {
        TestTunnels.contextRunner()
                .withPropertyValues("managed-tunnel.tunnels.orders.forwards=" + target)
                .run(context -> check.with(
                        context.getBean(ManagedTunnels.class),
                        "127.0.0.1:"
                                + context.getBean(ManagedTunnel.class).address().getPort()));
    }
}
