package dev.managedtunnel.examples.benchmarks.client;

import dev.managedtunnel.examples.benchmarks.load.Connector;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A tunnel that is up, made with one of the libraries, with a local forward to each target. */
interface PeerTunnel extends AutoCloseable {
    /** Where the forwards listen on loopback, in the targets' order; none for a tunnel without ports. */
    List<Integer> ports();

    /** For a tunnel without ports: connections to the first target from within this process. */
    default @Nullable Connector connector() {
        return null;
    }

    @Override
    void close() throws IOException;
}
