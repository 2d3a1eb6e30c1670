package dev.managedtunnel.examples.benchmarks.lab;

import java.io.IOException;

/** One that is compared: a client, on one Java version where it needs one. Immutable. */
public interface Contender {
    /** What a contender is, which decides about the works that suit it. */
    enum Kind {
        /** Connections straight to the targets. */
        NO_TUNNEL,
        /** A process with local ports. */
        BY_PORT,
        /** A process that hands out its connections within itself, and so has the load in it. */
        IN_PROCESS,
        /** Parts of this library, without a tunnel. */
        PARTS
    }

    /** As it is chosen on the command line. */
    String name();

    /** As it is shown. */
    String title();

    /** What it is. */
    Kind kind();

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
