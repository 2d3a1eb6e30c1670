package dev.managedtunnel.examples.benchmarks.lab;

import dev.managedtunnel.examples.benchmarks.load.Figures;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A client with a tunnel that is up. Not thread-safe. */
public final class Client implements AutoCloseable {
    private static final Duration ANSWER = Duration.ofMinutes(10);

    private final Lab lab;
    private final @Nullable Child process;
    private final @Nullable ProcessTree processes;
    private final @Nullable Jdk jdk;
    private final Duration startTime;
    private List<Integer> ports;

    private Client(Lab lab, Child process, @Nullable Jdk jdk, List<Integer> ports, Duration startTime) {
        this.lab = lab;
        this.process = process;
        processes = new ProcessTree(process.pid());
        this.jdk = jdk;
        this.ports = List.copyOf(ports);
        this.startTime = startTime;
    }

    private Client(Lab lab, @Nullable ProcessTree between, List<Integer> ports) {
        this.lab = lab;
        this.ports = List.copyOf(ports);
        process = null;
        processes = between;
        jdk = null;
        startTime = Duration.ZERO;
    }

    /**
     * Connections without a tunnel.
     *
     * @param between what there is between the load and the targets
     */
    static Client none(Lab lab, @Nullable ProcessTree between, List<Integer> ports) {
        return new Client(lab, between, ports);
    }

    /** A program of the machine. */
    static Client program(Lab lab, Child process, List<Integer> ports, Duration startTime) {
        return new Client(lab, process, null, ports, startTime);
    }

    /** A program of this module: starts it and waits until it is ready. */
    static Client java(Lab lab, String name, Jdk jdk, List<String> command) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Child process = Child.start(name, lab.log(name), command);
        try {
            List<Integer> ports = ports(process.answer(Lab.START));
            return new Client(lab, process, jdk, ports, Duration.ofNanos(System.nanoTime() - start));
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.close();
            throw e;
        }
    }

    private static List<Integer> ports(String ready) throws IOException {
        return Arrays.stream(success(ready).split(" ", 0))
                .filter(port -> !port.isEmpty())
                .map(Integer::valueOf)
                .toList();
    }

    private static String success(String answer) throws IOException {
        String[] parts = answer.split(" ", 2);
        String text = parts.length > 1 ? parts[1] : "";
        if (parts[0].equals("failed")) {
            throw new IOException(text);
        }
        return text;
    }

    /**
     * Does something through the tunnel, see {@code load.Loads}.
     *
     * @throws IOException when the tunnel did not carry it
     */
    public Figures load(String command) throws IOException, InterruptedException {
        Child where = process != null && ports.isEmpty() ? process : lab.load();
        String full = where == process ? command : ports.get(0) + " " + command;
        return Figures.parse(success(where.ask(full, ANSWER)));
    }

    /** From the start of the process until its tunnel was up. */
    public Duration startTime() {
        return startTime;
    }

    /** Whether a process can have another tunnel. */
    public boolean canReopen() {
        return jdk != null;
    }

    /**
     * Closes the tunnel and opens another one, in the same process.
     *
     * @return how long the opening took
     */
    public Duration reopen() throws IOException, InterruptedException {
        success(process().ask("close", Lab.START));
        long start = System.nanoTime();
        ports = ports(process().ask("open", Lab.START));
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Where the tunnel to the database listens. */
    public int databasePort() {
        return ports.get(1);
    }

    /** The client's processes; none when there is nothing between the load and the targets. */
    public Optional<ProcessTree> processes() {
        return Optional.ofNullable(processes);
    }

    /** The bytes of the objects that its JVM can't do without; none for one without a JVM or a JRE's. */
    public Optional<Long> liveHeap() throws IOException, InterruptedException {
        return jdk == null ? Optional.empty() : jdk.liveHeap(process().pid());
    }

    private Child process() {
        return Objects.requireNonNull(process, "there is no process");
    }

    /** The server's processes, of this and all other clients. */
    public ProcessTree server() {
        return lab.server();
    }

    @Override
    public void close() {
        if (process != null && jdk == null) {
            // a program that does not care about its input
            process.end();
        } else if (process != null) {
            process.close();
        }
    }
}
