package dev.managedtunnel.internal;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.forward.InProcessClient;
import dev.managedtunnel.internal.forward.ProbeConnections;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.Offer;
import dev.managedtunnel.internal.probe.ProbeSockets;
import dev.managedtunnel.internal.socket.InProcessSocketFactory;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/** Gives probes sockets. Thread-safe. */
final class ProbeLine implements ProbeSockets {
    private static final int ECHO_BYTES = 256;

    private final ProbeConnections connections;
    private final Executor workers;

    ProbeLine(ProbeConnections connections, Executor workers) {
        this.connections = connections;
        this.workers = workers;
    }

    @Override
    public SocketFactory to(Link link, @Nullable Endpoint target, Consumer<Closeable> opened) {
        return new InProcessSocketFactory(asked -> {
            Endpoint led = target != null ? target : target(asked);
            return connections.to(link, led, opened::accept);
        });
    }

    private static Endpoint target(@Nullable InetSocketAddress asked) throws ConnectException {
        if (asked == null) {
            throw new ConnectException("a probe's socket leads to a host and port, or to what connect(target) names");
        }
        try {
            return Endpoint.tcp(asked.getHostString(), asked.getPort());
        } catch (IllegalArgumentException noTarget) {
            throw new ConnectException(noTarget.getMessage());
        }
    }

    @Override
    public void echo(Link link, Offer offer, Consumer<Closeable> opened) {
        InProcessClient client = connections.take(link, offer);
        opened.accept(client);
        workers.execute(() -> echo(client));
    }

    private static void echo(InProcessClient client) {
        byte[] bytes = new byte[ECHO_BYTES];
        try (client) {
            client.awaitOpen(0);
            for (int n; (n = client.read(bytes, 0, bytes.length, 0)) >= 0; ) {
                client.write(bytes, 0, n);
            }
        } catch (IOException over) {
            // The run that wanted it is over, or who has connected is gone.
        }
    }
}
