package dev.managedtunnel.internal.probe;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.Offer;
import java.io.Closeable;
import java.util.function.Consumer;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/** The tunnel's data plane, as probes use it: by one session and no other, in no forward's figures. Thread-safe. */
public interface ProbeSockets {
    /**
     * Sockets of a probe.
     *
     * @param target what they lead to; null for what each is asked to connect to
     * @param opened is given each connection, to close it
     */
    SocketFactory to(Link link, @Nullable Endpoint target, Consumer<Closeable> opened);

    /**
     * Takes what has come in at the gateway and sends back what it gets. Never blocks.
     *
     * @param opened is given the connection, to close it
     */
    void echo(Link link, Offer offer, Consumer<Closeable> opened);
}
