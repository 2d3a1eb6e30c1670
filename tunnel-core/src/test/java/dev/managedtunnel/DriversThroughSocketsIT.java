package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.managedtunnel.jdbc.TunnelSocketFactory;
import dev.managedtunnel.testing.MariaDbServer;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.TlsFiles;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Real drivers and a real pool through {@link TunnelSocketFactory}: databases behind a tunnel that listens nowhere. */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
class DriversThroughSocketsIT {
    private static final String FACTORY = TunnelSocketFactory.class.getName();
    private static final Duration SOON = Duration.ofSeconds(30);
    /** Nothing listens there at port 1, and nobody tries: the forward says what the target is. */
    private static final String ANY_HOST = "127.0.0.1";

    private static SshServer server;
    private static EmbeddedPostgres postgres;
    private static MariaDbServer mariaDb;

    @BeforeAll
    static void start() throws Exception {
        Requires.openSsh();
        server = OpenSshServer.usual();
        postgres = EmbeddedPostgres.builder().start();
        mariaDb = MariaDbServer.start();
    }

    @AfterAll
    static void stop() throws Exception {
        mariaDb.close();
        postgres.close();
        server.close();
    }

    private static TunnelSpec.Builder spec() {
        return Tunnels.to(server, "databases");
    }

    private static ManagedTunnel tunnel() {
        return spec().forward(Forward.local("127.0.0.1", postgres.getPort())
                        .named("orders")
                        .inProcessOnly())
                .forward(Forward.local("127.0.0.1", mariaDb.port())
                        .named("stock")
                        .inProcessOnly())
                .build()
                .open();
    }

    private static String postgresUrl(String argument) {
        return "jdbc:postgresql://" + ANY_HOST + ":1/postgres?sslmode=disable&socketFactory=" + FACTORY
                + "&socketFactoryArg=" + argument;
    }

    private static HikariDataSource pool(String url, String user) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setMaximumPoolSize(4);
        config.setConnectionTimeout(SOON.toMillis());
        return new HikariDataSource(config);
    }

    /** A query that moves more than one window, so that flow control has its part. */
    private static int lengthOfMuch(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select repeat('x', 5000000)")) {
            row.next();
            return row.getString(1).length();
        }
    }

    private static String backend(DataSource source, String query) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    @Test
    void aPoolOfPostgresConnectionsIsServedAndComesBackAfterALoss() throws Exception {
        try (ManagedTunnel tunnel = tunnel();
                HikariDataSource pool = pool(postgresUrl("databases/orders"), "postgres")) {
            assertThat(lengthOfMuch(pool)).isEqualTo(5_000_000);
            poolComesBack(tunnel, pool, "select pg_backend_pid()::text");
            assertThat(tunnel.status().forwards().get(0).outcomes().get(ConnectionOutcome.BROKEN))
                    .isPositive();
        }
    }

    @Test
    void aPoolOfMariaDbConnectionsFindsItsTunnelByTheUrlAndComesBackAfterALoss() throws Exception {
        String url = "jdbc:mariadb://127.0.0.1:" + mariaDb.port() + "/mysql?socketFactory=" + FACTORY;
        try (ManagedTunnel tunnel = tunnel();
                HikariDataSource pool = pool(url, "root")) {
            assertThat(lengthOfMuch(pool)).isEqualTo(5_000_000);
            poolComesBack(tunnel, pool, "select connection_id()");
            assertThat(tunnel.status().forwards().get(1).active()).isPositive();
        }
    }

    @Test
    void aProbeMayAskTheDriverWhetherItsConnectionIsValid() {
        AtomicReference<String> user = new AtomicReference<>("postgres");
        Probe isValid = Probe.of("orders", any -> {
                    String url = postgresUrl("databases/orders");
                    try (Connection connection = DriverManager.getConnection(url, user.get(), "")) {
                        if (!connection.isValid(5)) {
                            throw new SQLException("the connection is not valid");
                        }
                    }
                })
                .every(Duration.ofMillis(200))
                .failAfter(2, 3)
                .recoverAfter(1);
        try (ManagedTunnel tunnel = spec().forward(Forward.local("127.0.0.1", postgres.getPort())
                        .named("orders")
                        .inProcessOnly())
                .probe(isValid)
                .build()
                .open()) {
            await().atMost(SOON).until(() -> tunnel.status().probes().get(0).good() > 0);
            user.set("nobody there");
            await().atMost(SOON).until(() -> tunnel.state() == TunnelState.DEGRADED);
            assertThat(tunnel.status().probes().get(0).lastError())
                    .hasValueSatisfying(text -> assertThat(text).contains("nobody there"));
            user.set("postgres");
            await().atMost(SOON).until(() -> tunnel.state() == TunnelState.UP);
        }
    }

    private static void poolComesBack(ManagedTunnel tunnel, HikariDataSource pool, String backend) throws Exception {
        Set<String> before = new HashSet<>();
        before.add(backend(pool, backend));
        tunnel.addListener(event -> {
            if (event instanceof TunnelEvent.SessionLost) {
                pool.getHikariPoolMXBean().softEvictConnections();
            }
        });
        server.killSessions();
        await().atMost(SOON).ignoreExceptions().until(() -> !before.contains(backend(pool, backend)));
        assertThat(tunnel.status().starts()).isEqualTo(2);
    }

    @Test
    void tlsToADatabaseIsLayeredOnAChannel(@TempDir Path dir) throws Exception {
        TlsFiles tls = TlsFiles.in(dir, "127.0.0.1");
        try (EmbeddedPostgres secure = EmbeddedPostgres.builder()
                        .setServerConfig("ssl", "on")
                        .setServerConfig("ssl_cert_file", tls.certificate().toString())
                        .setServerConfig("ssl_key_file", tls.privateKey().toString())
                        .start();
                ManagedTunnel tunnel = spec().forward(Forward.local("127.0.0.1", secure.getPort())
                                .named("secure")
                                .inProcessOnly())
                        .build()
                        .open();
                HikariDataSource pool = pool(
                        postgresUrl("databases/secure")
                                .replace("sslmode=disable", "sslmode=verify-full&sslrootcert=" + tls.certificate()),
                        "postgres")) {
            assertThat(tunnel.state()).isEqualTo(TunnelState.UP);
            assertThat(backend(pool, "select ssl::text from pg_stat_ssl where pid = pg_backend_pid()"))
                    .isEqualTo("true");
            assertThat(lengthOfMuch(pool)).isEqualTo(5_000_000);
        }
    }

    @Test
    void nobodyElseOnThisMachineFindsAPort() {
        try (ManagedTunnel tunnel = tunnel()) {
            assertThatThrownBy(tunnel::address).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> tunnel.address("orders")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aWrongNameIsRefusedWithWhatThereIs() {
        try (ManagedTunnel tunnel = tunnel()) {
            assertThat(tunnel.state()).isEqualTo(TunnelState.UP);
            assertThatThrownBy(() -> DriverManager.getConnection(postgresUrl("databases/order"), "postgres", ""))
                    .isInstanceOf(SQLException.class)
                    .rootCause()
                    .hasMessageContaining("databases/orders");
        }
    }
}
