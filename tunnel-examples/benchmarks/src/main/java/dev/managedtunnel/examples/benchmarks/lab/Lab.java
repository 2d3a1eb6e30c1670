package dev.managedtunnel.examples.benchmarks.lab;

import dev.managedtunnel.examples.benchmarks.client.Access;
import dev.managedtunnel.examples.benchmarks.load.LoadMain;
import dev.managedtunnel.examples.benchmarks.target.Targets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/** Everything but the clients: the server, the targets, the load, and the directory of their files and logs. */
public final class Lab implements AutoCloseable {
    static final Duration START = Duration.ofSeconds(30);
    /** Little memory, and no threads for collecting it in parallel: the machine is the clients'. */
    private static final List<String> SMALL = List.of("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC");

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Path directory;
    private final Path logs;
    private final Sshd sshd;
    private final int targetPort;
    private final Child load;

    /**
     * Starts all of it.
     *
     * @param cipher the only one that the server accepts
     * @param logs where the processes' logs go
     */
    public Lab(String cipher, Path logs) throws IOException, InterruptedException {
        this.logs = Files.createDirectories(logs);
        directory = Files.createTempDirectory("tunnel-benchmarks");
        open.push(() -> delete(directory));
        try {
            sshd = kept(new Sshd(directory, cipher));
            Child targets = kept(jvm("targets", Targets.class, List.of()));
            targetPort = Integer.parseInt(targets.answer(START).split(" ", -1)[1]);
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
        return Child.start(name, log(name), Jdk.running().command(SMALL, main, arguments));
    }

    /** The file for what a process writes to its standard error. */
    Path log(String name) {
        return logs.resolve(name.replaceAll("[^A-Za-z0-9.]+", "-") + ".log");
    }

    /** What a client has to know to reach the server. */
    Access access() throws IOException {
        return new Access(
                sshd.port(),
                System.getProperty("user.name"),
                sshd.identity(),
                sshd.knownHosts(sshd.port()),
                List.of(targetPort));
    }

    /** The process in front of the tunnels. */
    Child load() {
        return load;
    }

    /** The server's processes. */
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
