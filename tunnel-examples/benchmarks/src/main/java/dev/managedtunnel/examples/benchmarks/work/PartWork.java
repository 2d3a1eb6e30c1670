package dev.managedtunnel.examples.benchmarks.work;

import dev.managedtunnel.examples.benchmarks.lab.Client;
import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.load.Figures;
import java.io.IOException;
import java.util.List;

/**
 * One of the library's parts alone, measured by JMH, which warms it up itself.
 *
 * @param part its class and method, see {@code PartsMain}
 * @param millis how long it is run
 */
record PartWork(String name, String title, String part, long millis) implements Work {
    @Override
    public List<Measure> measures() {
        return List.of(new Measure("time", title, "µs"));
    }

    @Override
    public boolean suits(Contender.Kind kind) {
        return kind == Contender.Kind.PARTS;
    }

    @Override
    public void warmUp(Client client) {
        // see above
    }

    @Override
    public Figures run(Client client) throws IOException, InterruptedException {
        return client.load(part + " millis=" + millis);
    }
}
