package dev.managedtunnel.examples.jdbcpool;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.List;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;

/** An SSH server and a PostgreSQL in this process's care, on loopback, with keys of their own in a temporary directory. */
final class DemoServers implements AutoCloseable {
    private static final String USER = "demo";
    private static final String KEY_TYPE = "ecdsa-sha2-nistp256";
    private static final int KEY_BITS = 256;

    private final KeyPair hostKey = KeyUtils.generateKeyPair(KEY_TYPE, KEY_BITS);
    private final KeyPair clientKey = KeyUtils.generateKeyPair(KEY_TYPE, KEY_BITS);
    private final Path directory = Files.createTempDirectory("jdbc-pool");
    private final EmbeddedPostgres postgres = EmbeddedPostgres.start();
    private final int port;
    private SshServer sshServer = startSshServer();
    private Relay relay = relayOn(0);

    DemoServers() throws IOException, GeneralSecurityException {
        port = relay.port();
        // After Ctrl-C too; the last one registered goes first.
        for (Path each : List.of(directory, identity(), knownHosts())) {
            each.toFile().deleteOnExit();
        }
        try (OutputStream file = Files.newOutputStream(identity())) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(clientKey, USER, null, file);
        }
        Files.writeString(
                knownHosts(), "[127.0.0.1]:" + port + " " + PublicKeyEntry.toString(hostKey.getPublic()) + "\n");
    }

    /** The way to the database, as a user would describe it. The server's key is checked: it is in a known_hosts file. */
    Target target() {
        return new Target(
                gateway(),
                Credentials.privateKey(identity()),
                HostKeys.knownHosts(knownHosts()),
                JdbcUrl.parse(jdbcUrl()),
                "postgres",
                null);
    }

    Gateway gateway() {
        return Gateway.of(USER, "127.0.0.1", port);
    }

    Path identity() {
        return directory.resolve("id_ecdsa");
    }

    Path knownHosts() {
        return directory.resolve("known_hosts");
    }

    String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres";
    }

    /** Ends the SSH session as a crash or a firewall does: with a RST, without a word. */
    void cutSession() {
        relay.cut();
    }

    /** From now on the SSH server's port refuses connections; those that it had are gone. */
    void stopSsh() throws IOException {
        relay.close();
        sshServer.stop(true);
    }

    /** The SSH server is back, on the same port. */
    void startSsh() throws IOException {
        sshServer = startSshServer();
        relay = relayOn(port);
    }

    /** From now on the SSH server takes connections and bytes, but answers nothing. */
    void freezeSsh() {
        relay.freeze();
    }

    /** The SSH server answers again, at first what it was asked meanwhile. */
    void thawSsh() {
        relay.thaw();
    }

    private SshServer startSshServer() throws IOException {
        SshServer server = SshServer.setUpDefaultServer();
        server.setHost("127.0.0.1");
        server.setPort(0);
        server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
        server.setPublickeyAuthenticator(
                (user, key, session) -> user.equals(USER) && KeyUtils.compareKeys(key, clientKey.getPublic()));
        server.setForwardingFilter(AcceptAllForwardingFilter.INSTANCE);
        // As OpenSSH does: else answers wait for the acknowledgement of the one before.
        CoreModuleProperties.TCP_NODELAY.set(server, true);
        server.start();
        return server;
    }

    private Relay relayOn(int listenPort) throws IOException {
        return new Relay(listenPort, new InetSocketAddress(InetAddress.getLoopbackAddress(), sshServer.getPort()));
    }

    @Override
    public void close() throws IOException {
        stopSsh();
        postgres.close();
    }
}
