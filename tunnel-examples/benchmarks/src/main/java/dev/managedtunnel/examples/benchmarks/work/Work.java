package dev.managedtunnel.examples.benchmarks.work;

import dev.managedtunnel.examples.benchmarks.lab.Client;
import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.lab.Lab;
import dev.managedtunnel.examples.benchmarks.load.Figures;
import java.io.IOException;
import java.util.List;

/** One thing that is measured with each client. Stateless. */
public interface Work {
    /** As it is chosen on the command line. */
    String name();

    /** What it measures. */
    List<Measure> measures();

    /** Whether it can be done with such a client. */
    default boolean suits(Contender.Kind kind) {
        return kind != Contender.Kind.PARTS;
    }

    /** The way to the server and back while it is measured; 0 is none but loopback's. */
    default int roundTripMillis() {
        return 0;
    }

    /** Whether each round needs a process of its own, because the work leaves traces or is about a beginning. */
    default boolean freshClient() {
        return false;
    }

    /**
     * Runs once, before the clients are started.
     *
     * @throws IOException when this machine can't do it; the work is left out then
     */
    default void prepare(Lab lab) throws IOException, InterruptedException {}

    /** Runs with each new process, and is not measured. */
    void warmUp(Client client) throws Exception;

    /**
     * One round. With a figure {@code bytes}, the processor time for each GiB is measured too.
     *
     * @throws Exception when the client can't do it; the text goes into the table
     */
    Figures run(Client client) throws Exception;
}
