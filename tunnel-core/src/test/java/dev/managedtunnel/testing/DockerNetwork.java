package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Future;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * Two Docker networks: a private one with a PostgreSQL server, which nothing publishes, and a front one; and a
 * {@link Bastion} on both, the only way to the database. Skips the test where there is no Docker engine. Its images are
 * built from the Dockerfiles in the test resources and stay as a cache; containers and networks are removed on close.
 */
public final class DockerNetwork implements AutoCloseable {

    /** The database's host as the bastion knows it. */
    public static final String DATABASE_HOST = "db";

    /** The database's port. */
    public static final int DATABASE_PORT = 5432;

    /** The name of the database, of its user, and the user's password. */
    public static final String DATABASE = "orders";

    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private final String name = "managed-tunnel-test-" + UUID.randomUUID();
    // of the networks of a container the first by name has the published ports and the route to the outside
    private final Network front = network(name + "-a-front", false);
    private final Network hidden = network(name + "-b-hidden", true);
    private final GenericContainer<?> database = new GenericContainer<>(image("postgres"))
            .withNetwork(hidden)
            .withNetworkAliases(DATABASE_HOST)
            .waitingFor(Wait.forLogMessage(".*database system is ready to accept connections.*", 1)
                    .withStartupTimeout(START_LIMIT));
    private final Bastion bastion = new Bastion(front, hidden);

    private DockerNetwork() {}

    /** Builds the images where they are missing, and starts database and bastion. */
    public static DockerNetwork start() {
        Requires.docker();
        // the client of the Docker engine keeps connections to the engine's socket, as many as it likes
        Leaks.tolerate("unix socket without name", "socket without address");
        // fails here, where nothing has to be undone, when Testcontainers can't work with the engine
        DockerClientFactory.instance().client();
        DockerNetwork network = new DockerNetwork();
        try {
            network.database.start();
            network.bastion.create();
            return network;
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    /** The way in. */
    public Bastion bastion() {
        return bastion;
    }

    /** The URL of the database for a port of this machine that leads to it. */
    public String jdbcUrl(int localPort) {
        return "jdbc:postgresql://127.0.0.1:" + localPort + "/" + DATABASE;
    }

    /** What the database has to say. */
    public String databaseLog() {
        return database.getLogs();
    }

    @Override
    public void close() {
        bastion.close();
        database.close();
        hidden.close();
        front.close();
    }

    private static Network network(String name, boolean internal) {
        return Network.builder()
                .createNetworkCmdModifier(command -> command.withName(name).withInternal(internal))
                .build();
    }

    /** The text goes to the builder, since it could not read a resource inside a module. */
    static Future<String> image(String name) {
        try (InputStream dockerfile = DockerNetwork.class.getResourceAsStream("/docker/" + name + "/Dockerfile")) {
            if (dockerfile == null) {
                throw new IllegalStateException("No test resource docker/" + name + "/Dockerfile");
            }
            return new ImageFromDockerfile("managed-tunnel-test/" + name + ":latest", false)
                    .withFileFromString("Dockerfile", new String(dockerfile.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
