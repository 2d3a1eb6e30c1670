package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.internal.link.StartPhase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks a host's name up and connects to its addresses in turn. */
final class Connector implements Dialler {
    private final Resolver resolver;
    private final Duration deadline;
    private final Endpoint.Tcp peer;
    private final @Nullable InetAddress bindAddress;
    private final Phases phases;
    private final Runnable progressed;

    /**
     * @param deadline of the whole start, whoever enforces it; shared out among the addresses of a name
     * @param bindAddress the address of this machine to connect from; null for the system's choice
     * @param progressed see {@link WireSocket}
     */
    Connector(
            Resolver resolver,
            Duration deadline,
            Endpoint.Tcp peer,
            @Nullable InetAddress bindAddress,
            Phases phases,
            Runnable progressed) {
        this.resolver = resolver;
        this.deadline = deadline;
        this.peer = peer;
        this.bindAddress = bindAddress;
        this.phases = phases;
        this.progressed = progressed;
    }

    @Override
    public Carrier dial(Gate gate) throws IOException {
        phases.enter(StartPhase.RESOLVE);
        InetAddress[] found = resolver.resolve(peer.host());
        phases.enter(StartPhase.CONNECT);
        List<InetAddress> addresses = reachable(found);
        int share = addresses.size() == 1 ? 0 : (int) (deadline.toMillis() / (addresses.size() + 1));
        IOException first = null;
        for (InetAddress address : addresses) {
            // Failures but the first, which is of the preferred address, are of little interest.
            SocketChannel channel = SocketChannel.open();
            gate.pass(channel);
            bind(channel);
            try {
                channel.socket().connect(new InetSocketAddress(address, peer.port()), share);
            } catch (IOException e) {
                channel.close();
                first = first(first, e);
                continue;
            }
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            WireSocket socket = new WireSocket(channel, progressed);
            gate.pass(socket);
            return socket;
        }
        throw first == null ? new UnknownHostException(peer.host()) : first;
    }

    /** From an IPv4 address only IPv4 addresses can be reached, and so on. */
    private List<InetAddress> reachable(InetAddress[] found) {
        InetAddress from = bindAddress;
        if (from == null || found.length == 0) {
            return List.of(found);
        }
        List<InetAddress> same = Arrays.stream(found)
                .filter(address -> address.getClass() == from.getClass())
                .toList();
        if (same.isEmpty()) {
            String why = "no address of " + peer.host() + " is of the kind of the bind address " + from.getHostAddress()
                    + ", but " + found[0].getHostAddress();
            throw new StartFailure(FailureReason.UNREACHABLE, why, null);
        }
        return same;
    }

    private void bind(SocketChannel channel) throws IOException {
        if (bindAddress == null) {
            return;
        }
        try {
            channel.bind(new InetSocketAddress(bindAddress, 0));
        } catch (IOException e) {
            channel.close();
            String why = "can't bind " + bindAddress.getHostAddress() + ", is it an address of this machine? "
                    + e.getMessage();
            throw new StartFailure(FailureReason.UNREACHABLE, why, e);
        }
    }

    private static IOException first(@Nullable IOException first, IOException next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }

    @Override
    public String host() {
        return peer.host();
    }

    @Override
    public String tell(String what) {
        return what;
    }

    /** The name service. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }
}
