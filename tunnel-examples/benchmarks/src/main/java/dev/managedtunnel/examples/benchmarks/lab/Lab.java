package dev.managedtunnel.examples.benchmarks.lab;

import dev.managedtunnel.examples.benchmarks.client.Access;
import dev.managedtunnel.examples.benchmarks.load.LoadMain;
import dev.managedtunnel.examples.benchmarks.relay.DelayRelay;
import dev.managedtunnel.examples.benchmarks.target.Targets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Everything but the clients: the server, the targets, the load, relays and a database when they are wanted, and the
 * directories of their files and logs. Not thread-safe.
 */
public final class Lab implements AutoCloseable {
    static final Duration START = Duration.ofSeconds(30);
    /** No threads that collect garbage in parallel: the machine is the clients'. */
    private static final List<String> OPTIONS =
            List.of("-Xms64m", "-Xmx512m", "-XX:MaxDirectMemorySize=2g", "-XX:+UseSerialGC");

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Map<List<Integer>, Relay> relays = new HashMap<>();
    private final List<Integer> targets = new ArrayList<>();
    private final String cipher;
    private final Path directory;
    private final Path logs;
    private final Sshd sshd;
    private final Child load;

    /**
     * Starts it.
     *
     * @param cipher the only one that the server accepts
     * @param logs where the processes' logs go
     */
    public Lab(String cipher, Path logs) throws IOException, InterruptedException {
        this.cipher = cipher;
        this.logs = Files.createDirectories(logs);
        directory = Files.createTempDirectory("tunnel-benchmarks");
        open.push(() -> delete(directory));
        try {
            sshd = kept(new Sshd(directory, cipher));
            targets.add(port(kept(jvm("targets", Targets.class, List.of()))));
            load = kept(jvm("load", LoadMain.class, List.of()));
            load.answer(START);
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T kept(T part) {
        open.push(part);
        return part;
    }

    private Child jvm(String name, Class<?> main, List<String> arguments) throws IOException {
        return Child.start(name, log(name), Jdk.running().command(OPTIONS, main, arguments));
    }

    private static int port(Child server) throws IOException, InterruptedException {
        return Integer.parseInt(server.answer(START).split(" ", -1)[1]);
    }

    /** The cipher of all sessions. */
    String cipher() {
        return cipher;
    }

    /** The file for what a process writes to its standard error. */
    Path log(String name) {
        return logs.resolve(name.replaceAll("[^A-Za-z0-9.]+", "-") + ".log");
    }

    /** What a client has to know to reach the server, at this distance. */
    Access access(int roundTripMillis) throws IOException, InterruptedException {
        int port = roundTripMillis == 0
                ? sshd.port()
                : relay(sshd.port(), roundTripMillis).port();
        return new Access(
                port, System.getProperty("user.name"), sshd.identity(), sshd.knownHosts(port), List.copyOf(targets));
    }

    /** What tunnels lead to: the targets of the loads, and the database once it runs. */
    List<Integer> targets() {
        return targets;
    }

    /** A relay to this port, whose far side is so far away. */
    Relay relay(int port, int roundTripMillis) throws IOException, InterruptedException {
        List<Integer> key = List.of(port, roundTripMillis);
        Relay relay = relays.get(key);
        if (relay == null) {
            long oneWay = TimeUnit.MILLISECONDS.toMicros(roundTripMillis) / 2;
            List<String> arguments = List.of(Integer.toString(port), Long.toString(oneWay));
            Child process = kept(jvm("relay", DelayRelay.class, arguments));
            relay = new Relay(port(process), new ProcessTree(process.pid()));
            relays.put(key, relay);
        }
        return relay;
    }

    /**
     * Starts the database; clients that are started from now on have a tunnel to it too.
     *
     * @throws IOException when it can't be started, or pgbench is not installed
     */
    public void startDatabase() throws IOException, InterruptedException {
        if (targets.size() == 1) {
            targets.add(kept(new Postgres()).port());
        }
    }

    /** The process in front of the tunnels. */
    Child load() {
        return load;
    }

    /** The SSH server's processes. */
    public ProcessTree server() {
        return sshd.processes();
    }

    /** Ends all of it, the last first. */
    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                System.err.println("Left behind: " + e);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
