package dev.managedtunnel.examples.benchmarks.work;

import dev.managedtunnel.examples.benchmarks.lab.Client;
import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.lab.ProcessTree;
import dev.managedtunnel.examples.benchmarks.load.Figures;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What connections that do nothing cost the client: the difference that they make to its memory and threads. They are
 * used once when they are opened, and once more at the end, to see that they are still good.
 *
 * @param connections how many
 */
record IdleWork(int connections) implements Work {
    private static final double KIB = 1024;

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public List<Measure> measures() {
        String title = connections + " idle connections: ";
        return List.of(
                new Measure("heap", title + "heap for each", "KiB"),
                new Measure("resident", title + "resident memory for each", "KiB"),
                new Measure("threads", title + "threads more", ""));
    }

    @Override
    public boolean suits(Contender.Kind kind) {
        return kind == Contender.Kind.BY_PORT || kind == Contender.Kind.IN_PROCESS;
    }

    @Override
    public boolean freshClient() {
        return true;
    }

    /** Loads classes, and lets the JVM start the thread that answers jcmd. */
    @Override
    public void warmUp(Client client) throws IOException, InterruptedException {
        client.load("hold count=20");
        client.load("release");
        client.liveHeap();
    }

    @Override
    public Figures run(Client client) throws IOException, InterruptedException {
        ProcessTree processes = client.processes().orElseThrow();
        Optional<Long> heap = client.liveHeap();
        double resident = processes.residentKib();
        double threads = processes.threads();
        client.load("hold count=" + connections);
        Figures figures = Figures.none()
                .with("threads", processes.threads() - threads)
                .with("resident", (processes.residentKib() - resident) / connections);
        if (heap.isPresent()) {
            figures.with("heap", (client.liveHeap().orElseThrow() - heap.get()) / KIB / connections);
        }
        client.load("release");
        return figures;
    }
}
