package dev.managedtunnel.examples.benchmarks.lab;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real PostgreSQL in a directory of its own, with pgbench's tables, and the pgbench that is installed. */
public final class Postgres implements AutoCloseable {
    private static final Pattern RATE = Pattern.compile("tps = ([0-9.]+)");
    private static final int CONNECTIONS = 8;
    private static final int SCALE = 10;

    private final EmbeddedPostgres server;

    /** Starts it, and fills pgbench's tables. */
    Postgres() throws IOException, InterruptedException {
        Programs.find("pgbench");
        server = EmbeddedPostgres.start();
        try {
            pgbench(server.getPort(), "--initialize", "--quiet", "--scale=" + SCALE);
        } catch (IOException | InterruptedException e) {
            server.close();
            throw e;
        }
    }

    int port() {
        return server.getPort();
    }

    /**
     * Selects rows on several connections at once.
     *
     * @param port where the database, or the tunnel to it, listens
     * @param transactions of each connection
     * @return transactions a second, without the time to connect
     */
    public static double selects(int port, int transactions) throws IOException, InterruptedException {
        String output = pgbench(
                port, "--select-only", "--no-vacuum", "--client=" + CONNECTIONS, "--transactions=" + transactions);
        Matcher rate = RATE.matcher(output);
        if (!rate.find()) {
            throw new IOException("pgbench gave no rate: " + output);
        }
        return Double.parseDouble(rate.group(1));
    }

    private static String pgbench(int port, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Programs.find("pgbench")));
        command.addAll(Arrays.asList(arguments));
        command.addAll(List.of("-h", "127.0.0.1", "-p", Integer.toString(port), "-U", "postgres", "postgres"));
        return Programs.output(command);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
