package dev.managedtunnel.examples.benchmarks.work;

import dev.managedtunnel.examples.benchmarks.lab.Client;
import dev.managedtunnel.examples.benchmarks.load.Figures;
import java.util.List;

/** One thing that is measured with each client. Stateless. */
public interface Work {
    /** As it is chosen on the command line. */
    String name();

    /** What it measures. */
    List<Measure> measures();

    /** Runs before the rounds, with each client, and is not measured. */
    void warmUp(Client client) throws Exception;

    /**
     * One round. With a figure {@code bytes}, the processor time for each GiB is measured too.
     *
     * @throws Exception when the client can't do it; the text goes into the table
     */
    Figures run(Client client) throws Exception;

    /** Whether each round needs a process of its own, because the work leaves traces or is about a beginning. */
    default boolean freshClient() {
        return false;
    }
}
