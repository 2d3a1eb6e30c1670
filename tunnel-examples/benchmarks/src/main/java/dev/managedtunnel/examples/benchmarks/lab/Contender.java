package dev.managedtunnel.examples.benchmarks.lab;

import java.io.IOException;

/** One that is compared: a client, on one Java version where it needs one. Immutable. */
public interface Contender {
    /** As it is chosen on the command line. */
    String name();

    /** As it is shown. */
    String title();

    /** The Java version that it runs on, or nothing. */
    default String java() {
        return "";
    }

    /**
     * Starts a process of it, and waits until its tunnel is up.
     *
     * @param roundTripMillis the way to the server and back; 0 is none but loopback's
     */
    Client start(Lab lab, int roundTripMillis) throws IOException, InterruptedException;
}
