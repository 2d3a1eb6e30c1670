package dev.managedtunnel.internal.socket;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.forward.InProcessEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * A socket that is a channel of a tunnel. The JDK's class keeps the contract (what may be called when), and
 * {@link TunnelSocketImpl} does the work; what is here is what the JDK would want an address of this machine's network for.
 *
 * <p>What it is asked to connect to need not exist for this machine: the forward says what the target is, or the gateway
 * looks it up. It is neither looked up nor shown here: the remote address is the target's name on loopback, where a
 * listener would be.
 */
final class TunnelSocket extends Socket {
    private final EntryFinder finder;
    private final TunnelSocketImpl impl;
    private volatile @Nullable InProcessEntry entry;

    TunnelSocket(EntryFinder finder) throws SocketException {
        this(finder, new TunnelSocketImpl());
    }

    private TunnelSocket(EntryFinder finder, TunnelSocketImpl impl) throws SocketException {
        super(impl);
        this.finder = finder;
        this.impl = impl;
    }

    @Override
    public void connect(SocketAddress endpoint) throws IOException {
        connect(endpoint, 0);
    }

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
        if (endpoint == null) {
            throw new IllegalArgumentException("connect: the address is null");
        }
        if (isClosed() || isConnected()) {
            super.connect(endpoint, timeout);
            return;
        }
        InetSocketAddress wanted = endpoint instanceof InetSocketAddress asked ? asked : null;
        InProcessEntry found = finder.find(wanted).to(wanted);
        entry = found;
        impl.leadTo(found);
        super.connect(standIn(found.target().orElseThrow()), timeout);
    }

    private static InetSocketAddress standIn(Endpoint target) throws IOException {
        byte[] loopback = {127, 0, 0, 1};
        return target instanceof Endpoint.Tcp tcp
                ? new InetSocketAddress(InetAddress.getByAddress(tcp.host(), loopback), tcp.port())
                : new InetSocketAddress(InetAddress.getByAddress("localhost", loopback), 0);
    }

    @Override
    public String toString() {
        InProcessEntry known = entry;
        return "Socket["
                + (known == null
                        ? "unconnected, in-process"
                        : known + " -> " + known.target().orElseThrow())
                + "]";
    }
}
