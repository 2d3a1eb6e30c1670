package dev.managedtunnel.examples.jdbcpool;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options for a load on the user's own servers. */
final class OwnServers {
    private static final int MOST_THREADS = 64;
    private static final int LONGEST_SECONDS = 86_400;

    @Option(
            names = "--gateway",
            paramLabel = "USER@HOST[:PORT]",
            converter = ToGateway.class,
            description = "The SSH server that carries the tunnel.")
    private @Nullable Gateway gateway;

    @Option(
            names = "--identity",
            paramLabel = "FILE",
            converter = ToIdentity.class,
            description = "The private key to log in with.")
    private Credentials.@Nullable PrivateKey identity;

    @Option(
            names = "--passphrase-env",
            paramLabel = "NAME",
            converter = ToEnvironment.class,
            description = "The environment variable that holds the key's passphrase.")
    private @Nullable String passphrase;

    @Option(
            names = "--known-hosts",
            paramLabel = "FILE",
            converter = ToKnownHosts.class,
            description = "The file that holds the gateway's host key. Default: ~/.ssh/known_hosts")
    private HostKeys hostKeys = HostKeys.knownHosts();

    @Option(
            names = "--jdbc",
            paramLabel = "URL",
            converter = ToJdbcUrl.class,
            description = {"The database as the gateway sees it:", "jdbc:postgresql://host:5432/database"})
    private @Nullable JdbcUrl database;

    @Option(names = "--db-user", paramLabel = "NAME", description = "The database's user.")
    private @Nullable String user;

    @Option(
            names = "--db-password-env",
            paramLabel = "NAME",
            converter = ToEnvironment.class,
            description = "The environment variable that holds the database's password.")
    private @Nullable String passwordFromEnvironment;

    @Option(
            names = "--db-password",
            interactive = true,
            prompt = "Password of the database: ",
            description = "Asks for the database's password.")
    private char @Nullable [] passwordFromPrompt;

    @Option(names = "--duration", paramLabel = "SECONDS", description = "How long the load runs. Default: 30")
    private int seconds = 30;

    @Option(
            names = "--threads",
            paramLabel = "NUMBER",
            description = "Threads of the load, and connections. Default: 4")
    private int threads = 4;

    @Option(names = "--query", paramLabel = "SQL", description = "What each thread runs. Default: select 1")
    private String sql = "select 1";

    /** @throws IllegalArgumentException when an option is missing or out of range, or options contradict each other */
    void check() {
        if (gateway == null || identity == null || database == null) {
            throw new IllegalArgumentException("For your own servers give --gateway, --identity and --jdbc; missing: "
                    + Stream.of(
                                    gateway == null ? "--gateway" : "",
                                    identity == null ? "--identity" : "",
                                    database == null ? "--jdbc" : "")
                            .filter(name -> !name.isEmpty())
                            .collect(Collectors.joining(", ")));
        }
        range("--duration", seconds, LONGEST_SECONDS);
        range("--threads", threads, MOST_THREADS);
        if (passwordFromEnvironment != null && passwordFromPrompt != null) {
            throw new IllegalArgumentException("--db-password and --db-password-env exclude each other; give one");
        }
    }

    private static void range(String option, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(
                    "Invalid value for option '" + option + "': " + value + " is out of range; give 1 to " + most);
        }
    }

    Target target() {
        Credentials.PrivateKey key = Objects.requireNonNull(identity);
        String phrase = passphrase;
        return new Target(
                Objects.requireNonNull(gateway),
                phrase == null ? key : Credentials.privateKey(key.file(), phrase::toCharArray),
                hostKeys,
                Objects.requireNonNull(database),
                user,
                passwordFromPrompt != null ? String.valueOf(passwordFromPrompt) : passwordFromEnvironment);
    }

    Duration duration() {
        return Duration.ofSeconds(seconds);
    }

    int threads() {
        return threads;
    }

    /** Runs the query and reads all that it gives. */
    void query(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (statement.execute(sql)) {
                try (ResultSet rows = statement.getResultSet()) {
                    while (rows.next()) {
                        rows.getObject(1);
                    }
                }
            }
        }
    }

    private static final class ToGateway implements ITypeConverter<Gateway> {
        @Override
        public Gateway convert(String text) {
            return orRefuse(() -> Gateway.parse(text));
        }
    }

    private static final class ToIdentity implements ITypeConverter<Credentials.PrivateKey> {
        @Override
        public Credentials.PrivateKey convert(String text) {
            Credentials.PrivateKey key = orRefuse(() -> Credentials.privateKey(Path.of(text)));
            refuseUnreadable(key.file());
            return key;
        }
    }

    private static final class ToKnownHosts implements ITypeConverter<HostKeys> {
        @Override
        public HostKeys convert(String text) {
            HostKeys.KnownHosts hosts = orRefuse(() -> HostKeys.knownHosts(Path.of(text)));
            hosts.files().forEach(OwnServers::refuseUnreadable);
            return hosts;
        }
    }

    private static final class ToJdbcUrl implements ITypeConverter<JdbcUrl> {
        @Override
        public JdbcUrl convert(String text) {
            return orRefuse(() -> JdbcUrl.parse(text));
        }
    }

    private static final class ToEnvironment implements ITypeConverter<String> {
        @Override
        public String convert(String name) {
            String value = System.getenv(name);
            if (value == null) {
                throw new TypeConversionException("the environment variable " + name + " is not set");
            }
            return value;
        }
    }

    /** In the one way in which picocli shows the text alone. It would add the value otherwise, and a URL may hold a password. */
    private static <T> T orRefuse(Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException wrong) {
            throw new TypeConversionException(String.valueOf(wrong.getMessage()));
        }
    }

    private static void refuseUnreadable(Path file) {
        if (!Files.exists(file)) {
            throw new TypeConversionException("there is no file " + file);
        }
        if (Files.isDirectory(file)) {
            throw new TypeConversionException(file + " is a directory");
        }
        if (!Files.isReadable(file)) {
            throw new TypeConversionException("this user may not read " + file);
        }
    }
}
