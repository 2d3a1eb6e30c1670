package dev.managedtunnel.examples.jdbcpool;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.examples.demoservers.DemoServers;
import org.jspecify.annotations.Nullable;

/**
 * A database and the way to it.
 *
 * @param database the database as the gateway sees it
 * @param user null: the URL's, else the driver's default
 * @param password null: the URL's, else none
 */
record Target(
        Gateway gateway,
        Credentials identity,
        HostKeys hostKeys,
        JdbcUrl database,
        @Nullable String user,
        @Nullable String password) {

    /** As a user would describe it. The server's key is checked: it is in a known_hosts file. */
    static Target of(DemoServers servers) {
        return new Target(
                Gateway.parse(servers.gateway()),
                Credentials.privateKey(servers.identity()),
                HostKeys.knownHosts(servers.knownHosts()),
                JdbcUrl.parse(servers.jdbcUrl()),
                "postgres",
                null);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return database + " via " + gateway;
    }
}
