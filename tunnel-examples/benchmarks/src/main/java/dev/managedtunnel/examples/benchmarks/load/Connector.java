package dev.managedtunnel.examples.benchmarks.load;

import java.io.IOException;
import java.net.Socket;

/** Makes connections to the targets through the tunnel that is measured. Thread-safe. */
@FunctionalInterface
public interface Connector {
    /**
     * A new connection.
     *
     * @throws IOException when the tunnel refuses it
     */
    Socket connect() throws IOException;
}
