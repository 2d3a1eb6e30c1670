package dev.managedtunnel.examples.demoservers;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSessionFactory;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;

/**
 * An SSH server and a PostgreSQL in this process's care, on loopback, with keys of their own in a temporary directory. They
 * start with the constructor. For one thread.
 */
public final class DemoServers implements AutoCloseable {
    private static final String USER = "demo";
    private static final String KEY_TYPE = "ecdsa-sha2-nistp256";
    private static final int KEY_BITS = 256;

    private final KeyPair hostKey = KeyUtils.generateKeyPair(KEY_TYPE, KEY_BITS);
    private final KeyPair clientKey = KeyUtils.generateKeyPair(KEY_TYPE, KEY_BITS);
    private final Path directory = Files.createTempDirectory("demo-servers");
    private final EmbeddedPostgres postgres = EmbeddedPostgres.start();
    private final int port;
    private SshServer sshServer = startSshServer();
    private Relay relay = relayOn(0);

    /** Starts both. */
    public DemoServers() throws IOException, GeneralSecurityException {
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

    /** Whom the SSH server knows. */
    public String user() {
        return USER;
    }

    /** The SSH server's port on 127.0.0.1. It stays the same, also while the server is stopped. */
    public int port() {
        return port;
    }

    /** The SSH server as OpenSSH writes it: {@code user@host:port}. */
    public String gateway() {
        return USER + "@127.0.0.1:" + port;
    }

    /** The private key that the SSH server knows. */
    public Path identity() {
        return directory.resolve("id_ecdsa");
    }

    /** A file with the SSH server's host key. */
    public Path knownHosts() {
        return directory.resolve("known_hosts");
    }

    /** PostgreSQL's port on 127.0.0.1. Its user is {@code postgres}, without a password. */
    public int databasePort() {
        return postgres.getPort();
    }

    /**
     * The database as the SSH server sees it. It also knows it as {@code db.internal:5432}, as the network behind a real
     * bastion would.
     */
    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + databasePort() + "/postgres";
    }

    /** Makes an empty database beside the one that {@link #jdbcUrl()} names. */
    public void createDatabase(String name) throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + statement.enquoteIdentifier(name, true));
        }
    }

    /** Ends the SSH session as a crash or a firewall does: with a RST, without a word. */
    public void cutSession() {
        relay.cut();
    }

    /** From now on the SSH server's port refuses connections; those that it had are gone. */
    public void stopSsh() throws IOException {
        relay.close();
        sshServer.stop(true);
    }

    /** The SSH server is back, on the same port. */
    public void startSsh() throws IOException {
        sshServer = startSshServer();
        relay = relayOn(port);
    }

    /** From now on the SSH server takes connections and bytes, but answers nothing. */
    public void freezeSsh() {
        relay.freeze();
    }

    /** The SSH server answers again, at first what it was asked meanwhile. */
    public void thawSsh() {
        relay.thaw();
    }

    /** From now on the way to and from the SSH server takes longer by so much each; zero lifts that. */
    public void slowSsh(Duration oneWay) {
        relay.delay(oneWay);
    }

    private SshServer startSshServer() throws IOException {
        SshServer server = SshServer.setUpDefaultServer();
        server.setHost("127.0.0.1");
        server.setPort(0);
        server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
        server.setPublickeyAuthenticator(
                (user, key, session) -> user.equals(USER) && KeyUtils.compareKeys(key, clientKey.getPublic()));
        server.setForwardingFilter(AcceptAllForwardingFilter.INSTANCE);
        server.setChannelFactories(List.of(ChannelSessionFactory.INSTANCE, new InternalNames(databasePort())));
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
