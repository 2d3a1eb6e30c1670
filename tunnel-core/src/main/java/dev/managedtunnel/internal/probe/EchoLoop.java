package dev.managedtunnel.internal.probe;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.Offer;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A listener at one session's gateway, for as long as the session lives, from where what comes in goes back. Anybody on
 * the gateway can connect to it, so it takes a few connections, and only while a check is under way. Thread-safe.
 */
final class EchoLoop {
    private static final String LOOPBACK = "localhost";
    private static final int MOST_CONNECTIONS = 4;

    private final Link link;
    private final ProbeSockets sockets;

    // Guarded by this.
    private @Nullable CompletableFuture<Integer> asked;
    private @Nullable ProbeRun run;
    private int taken;

    EchoLoop(Link link, ProbeSockets sockets) {
        this.link = link;
        this.sockets = sockets;
    }

    /** Where the gateway listens, for that run; asks it first if need be, also after a refusal. */
    Endpoint endpoint(ProbeRun asking) throws IOException, InterruptedException {
        CompletableFuture<Integer> port;
        synchronized (this) {
            run = asking;
            taken = 0;
            if (asked == null || asked.isCompletedExceptionally()) {
                asked = link.listen(LOOPBACK, 0, this::take);
            }
            port = asked;
        }
        try {
            return Endpoint.tcp(LOOPBACK, port.get());
        } catch (ExecutionException refused) {
            Throwable cause = refused.getCause() == null ? refused : refused.getCause();
            throw new IOException(
                    "the gateway does not listen for the echo loop: " + cause.getMessage()
                            + "; check that it allows it (AllowTcpForwarding, PermitListen localhost:*)",
                    cause);
        }
    }

    /** That run is over. */
    synchronized void stop(ProbeRun over) {
        if (run == over) {
            run = null;
        }
    }

    /** On the session's reader. */
    private void take(Offer offer) {
        ProbeRun taking;
        synchronized (this) {
            taking = taken < MOST_CONNECTIONS ? run : null;
            taken++;
        }
        if (taking == null) {
            offer.refuse("no probe is under way");
        } else {
            sockets.echo(link, offer, taking::opened);
        }
    }
}
