package dev.managedtunnel.examples.jdbcpool;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
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

    /** Without the password. */
    @Override
    public String toString() {
        return database + " via " + gateway;
    }
}
