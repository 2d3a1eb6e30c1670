package dev.managedtunnel.examples.jdbcpool;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.managedtunnel.Forward;
import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelSpec;
import java.net.InetSocketAddress;
import java.time.Duration;
import javax.sql.DataSource;

/** A HikariCP pool whose connections go through a tunnel: the part of this example to copy. */
final class TunneledPool {
    /** What is done with the pool while the tunnel is open. */
    @FunctionalInterface
    interface Use<T> {
        T with(ManagedTunnel tunnel, DataSource pool) throws Exception;
    }

    private TunneledPool() {}

    /**
     * Opens the tunnel, then the pool on it; closes the pool, then the tunnel.
     *
     * @throws dev.managedtunnel.TunnelException when the tunnel can't be opened
     */
    static <T> T use(Target target, int connections, Use<T> work) throws Exception {
        try (ManagedTunnel tunnel = tunnelTo(target).open();
                HikariDataSource pool = new HikariDataSource(poolOn(tunnel.address(), target, connections))) {
            // Connections that were established over a lost session are dead. Told so, the pool drops them at once:
            // those that are idle now, those in use when they come back. Else it would find out one by one, and hand
            // out those that it tested less than half a second ago.
            tunnel.addListener(event -> {
                if (event instanceof TunnelEvent.SessionLost) {
                    pool.getHikariPoolMXBean().softEvictConnections();
                }
            });
            return work.with(tunnel, pool);
        }
    }

    private static TunnelSpec tunnelTo(Target target) {
        return TunnelSpec.builder("jdbc-pool")
                .gateway(target.gateway())
                .credentials(target.identity())
                .hostKeys(target.hostKeys())
                // Listens on a free port of 127.0.0.1, which stays the same until the tunnel is closed.
                .forward(Forward.local(
                        target.database().host(), target.database().port()))
                // Notices a silent gateway after 3 s, so that this demonstration is short. The default of 10 s x 3 is
                // kinder to bad links.
                .keepAlive(KeepAlive.every(Duration.ofSeconds(1)).missed(3))
                // A gateway that is away is tried every second or so, instead of ever less often. A session that has
                // lived for two seconds counts as good: this demonstration breaks the next one soon after.
                .restart(RestartPolicy.builder()
                        .backoff(Duration.ofMillis(500), Duration.ofSeconds(1))
                        .provenAfter(Duration.ofSeconds(2))
                        .build())
                .build();
    }

    static HikariConfig poolOn(InetSocketAddress tunnel, Target target, int connections) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("jdbc-pool");
        // The address is the tunnel's, so a certificate of the database is checked against it: sslmode=verify-ca works
        // as ever, verify-full can't.
        config.setJdbcUrl(target.database().at(tunnel.getAddress().getHostAddress(), tunnel.getPort()));
        if (target.user() != null) {
            config.setUsername(target.user());
        }
        if (target.password() != null) {
            config.setPassword(target.password());
        }
        config.setMaximumPoolSize(connections);

        // Longer than an outage: while there is no session the tunnel parks new connections, for up to 30 s, so threads
        // wait here instead of failing.
        config.setConnectionTimeout(Duration.ofSeconds(30).toMillis());
        // A connection is tested before it is handed out; one that does not answer for so long is replaced by a new
        // one.
        config.setValidationTimeout(Duration.ofSeconds(5).toMillis());
        // Tests idle connections too. Nothing needs it on the way to the gateway, where the tunnel keeps alive what is
        // idle; it is for firewalls between the gateway and the database.
        config.setKeepaliveTime(Duration.ofMinutes(1).toMillis());

        // Properties of the driver are strings; it silently ignores numbers. By default it waits only 5 s for the first
        // answer on a new connection, less than a parked one may need, and then tries once more without TLS.
        config.addDataSourceProperty("sslResponseTimeout", "30000");
        // For a database that hangs, in seconds: above the slowest query, and above the 30 s of parking. It is not
        // needed for a dead link: a statement on it ends as soon as the tunnel gives the session up and resets its
        // connections. For the same reason tcpKeepAlive is of no use: it would test the way to this machine's tunnel.
        config.addDataSourceProperty("socketTimeout", "60");
        return config;
    }
}
