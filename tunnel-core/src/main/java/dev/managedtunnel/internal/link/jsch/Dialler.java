package dev.managedtunnel.internal.link.jsch;

import java.io.Closeable;
import java.io.IOException;

/** Makes the connection under one session. For one start; {@link #dial} blocks, the rest is thread-safe. */
interface Dialler {
    /**
     * Blocks until there is a connection, or what it uses for that is closed.
     *
     * @throws StartFailure where it knows the reason
     */
    Carrier dial(Gate gate) throws IOException;

    /** The host whose name is looked up here. */
    String host();

    /** Puts into words what became of the dialling, naming who is to blame where that is not the gateway. */
    String tell(String what);

    /** Sees all that is used before it is waited for, so that it can be closed meanwhile; throws to give up. */
    @FunctionalInterface
    interface Gate {
        void pass(Closeable next) throws IOException;
    }
}
