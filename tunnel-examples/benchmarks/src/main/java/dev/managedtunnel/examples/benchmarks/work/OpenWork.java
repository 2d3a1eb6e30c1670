package dev.managedtunnel.examples.benchmarks.work;

import dev.managedtunnel.examples.benchmarks.lab.Client;
import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.load.Figures;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * The time until a tunnel is up and has carried its first answer: cold, from the start of the process, and warm, when this
 * process has opened some before. To {@code ssh}, whose processes have one tunnel each, it is the same.
 */
record OpenWork() implements Work {
    private static final int BEFORE = 20;
    private static final double NANOS_PER_MILLI = 1e6;

    @Override
    public String name() {
        return "open";
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                new Measure("cold", "open a tunnel, cold, to the first answer", "ms"),
                new Measure("warm", "open a tunnel, warm, to the first answer", "ms"));
    }

    @Override
    public boolean suits(Contender.Kind kind) {
        return kind == Contender.Kind.BY_PORT || kind == Contender.Kind.IN_PROCESS;
    }

    @Override
    public boolean freshClient() {
        return true;
    }

    @Override
    public void warmUp(Client client) {
        // what is measured is the beginning
    }

    @Override
    public Figures run(Client client) throws IOException, InterruptedException {
        double cold = millis(client.startTime()) + firstAnswer(client);
        if (!client.canReopen()) {
            return Figures.none().with("cold", cold).with("warm", cold);
        }
        for (int i = 0; i < BEFORE; i++) {
            client.reopen();
            firstAnswer(client);
        }
        return Figures.none().with("cold", cold).with("warm", millis(client.reopen()) + firstAnswer(client));
    }

    private static double firstAnswer(Client client) throws IOException, InterruptedException {
        // one connection, so that its rate is the reciprocal of its time
        return 1e3 / client.load("connections count=1 parallel=1 seconds=10").get("rate");
    }

    private static double millis(Duration time) {
        return time.toNanos() / NANOS_PER_MILLI;
    }
}
