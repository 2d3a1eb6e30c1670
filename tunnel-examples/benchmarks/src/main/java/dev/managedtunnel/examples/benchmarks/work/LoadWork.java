package dev.managedtunnel.examples.benchmarks.work;

import dev.managedtunnel.examples.benchmarks.lab.Client;
import dev.managedtunnel.examples.benchmarks.load.Figures;
import java.io.IOException;
import java.util.List;

/**
 * A work that is just a load, see {@code load.Loads}.
 *
 * @param warmUpCommand the load before the rounds
 * @param command the load of a round
 */
record LoadWork(
        String name,
        List<Measure> measures,
        String warmUpCommand,
        String command,
        int roundTripMillis,
        boolean freshClient)
        implements Work {

    LoadWork(String name, List<Measure> measures, String warmUpCommand, String command) {
        this(name, List.copyOf(measures), warmUpCommand, command, 0, false);
    }

    /** The same work, so far away. */
    LoadWork at(int millis) {
        return new LoadWork(name, measures, warmUpCommand, command, millis, freshClient);
    }

    /** The same work, with a new process for each round. */
    LoadWork withFreshClient() {
        return new LoadWork(name, measures, warmUpCommand, command, roundTripMillis, true);
    }

    @Override
    public void warmUp(Client client) throws IOException, InterruptedException {
        client.load(warmUpCommand);
    }

    @Override
    public Figures run(Client client) throws IOException, InterruptedException {
        return client.load(command);
    }
}
