package dev.managedtunnel.examples.benchmarks.lab;

import dev.managedtunnel.examples.benchmarks.load.Figures;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A client's process with a tunnel that is up. Not thread-safe. */
public final class Client implements AutoCloseable {
    private static final Duration ANSWER = Duration.ofMinutes(10);

    private final Lab lab;
    private final Child process;
    private final List<Integer> ports;

    /** @param ports where it listens; none when the load runs within it */
    Client(Lab lab, Child process, List<Integer> ports) {
        this.lab = lab;
        this.process = process;
        this.ports = List.copyOf(ports);
    }

    /**
     * Does something through the tunnel, see {@code load.Loads}.
     *
     * @throws IOException when the tunnel did not carry it
     */
    public Figures load(String command) throws IOException, InterruptedException {
        String answer =
                ports.isEmpty() ? process.ask(command, ANSWER) : lab.load().ask(ports.get(0) + " " + command, ANSWER);
        String[] parts = answer.split(" ", 2);
        String text = parts.length > 1 ? parts[1] : "";
        if (!parts[0].equals("ok")) {
            throw new IOException(text);
        }
        return Figures.parse(text);
    }

    /** The client's processes. */
    public ProcessTree processes() {
        return new ProcessTree(process.pid());
    }

    /** The server's processes, of this and all other clients. */
    public ProcessTree server() {
        return lab.server();
    }

    @Override
    public void close() {
        process.close();
    }
}
