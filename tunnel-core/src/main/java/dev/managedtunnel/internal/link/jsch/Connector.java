package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.internal.link.StartPhase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Looks a gateway's name up and connects to its addresses in turn. Immutable; each call blocks. */
final class Connector {
    private final Resolver resolver;
    private final Duration deadline;

    /** @param deadline of the whole start, whoever enforces it; shared out among the addresses of a name */
    Connector(Resolver resolver, Duration deadline) {
        this.resolver = resolver;
        this.deadline = deadline;
    }

    SocketChannel connect(String host, int port, Phases phases, Gate gate) throws IOException {
        phases.enter(StartPhase.RESOLVE);
        InetAddress[] addresses = resolver.resolve(host);
        phases.enter(StartPhase.CONNECT);
        int share = addresses.length == 1 ? 0 : (int) (deadline.toMillis() / (addresses.length + 1));
        IOException first = null;
        for (InetAddress address : addresses) {
            // Failures but the first, which is of the preferred address, are of little interest.
            SocketChannel channel = SocketChannel.open();
            gate.pass(channel);
            try {
                channel.socket().connect(new InetSocketAddress(address, port), share);
                return channel;
            } catch (IOException e) {
                channel.close();
                first = first(first, e);
            }
        }
        throw first == null ? new UnknownHostException(host) : first;
    }

    private static IOException first(@Nullable IOException first, IOException next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }

    /** The name service. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /** Sees each channel before it connects, so that it can be closed meanwhile; throws to give up. */
    @FunctionalInterface
    interface Gate {
        void pass(SocketChannel channel) throws IOException;
    }
}
