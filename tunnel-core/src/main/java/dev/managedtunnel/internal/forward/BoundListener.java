package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.TunnelException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bound, listening, non-blocking socket of a forward that listens on this machine.
 *
 * @param listening where it listens, with the real port
 * @param address the same for TCP, resolved; else null
 * @param file the socket's file; null for TCP
 */
record BoundListener(
        Forward forward,
        ServerSocketChannel server,
        Endpoint listening,
        @Nullable InetSocketAddress address,
        @Nullable UnixSocketFile file) {
    /** Clients that come in a burst wait in the system's queue; it cuts this to its own limit. */
    static final int BACKLOG = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(BoundListener.class);

    /**
     * Binds it, where it listens at all. Looking up the name of a listening address may block.
     *
     * @throws TunnelException LISTEN_FAILED with the forward, the address, the system's reason and the remedy
     */
    static @Nullable BoundListener bind(Forward forward) {
        Endpoint listen = forward.listen().orElse(null);
        if (listen == null) {
            return null;
        }
        try {
            return listen instanceof Endpoint.Tcp tcp
                    ? bindTcp(forward, tcp)
                    : bindUnix(forward, (Endpoint.UnixSocket) listen);
        } catch (IOException failed) {
            throw new TunnelException(
                    FailureReason.LISTEN_FAILED,
                    "forward '" + forward.name() + "' can't listen on " + listen + ": " + reason(failed),
                    failed);
        }
    }

    private static BoundListener bindTcp(Forward forward, Endpoint.Tcp listen) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.configureBlocking(false);
            // Else connections of an earlier run, in TIME_WAIT, would hold the port.
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            InetSocketAddress wanted = listen.host().equals(Endpoint.Tcp.ANY_ADDRESS)
                    ? new InetSocketAddress(listen.port())
                    : new InetSocketAddress(address(listen.host()), listen.port());
            server.bind(wanted, BACKLOG);
            int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
            InetSocketAddress real = new InetSocketAddress(wanted.getAddress(), port);
            return new BoundListener(forward, server, new Endpoint.Tcp(listen.host(), real.getPort()), real, null);
        } catch (IOException failed) {
            server.close();
            throw failed;
        }
    }

    /** {@code localhost} is loopback whatever the name service says: it decides who can reach the target. */
    private static InetAddress address(String host) throws UnknownHostException {
        return host.equalsIgnoreCase("localhost") ? InetAddress.getLoopbackAddress() : InetAddress.getByName(host);
    }

    private static BoundListener bindUnix(Forward forward, Endpoint.UnixSocket listen) throws IOException {
        UnixSocketFile.Bound bound = UnixSocketFile.bind(listen.toPath(), BACKLOG);
        return new BoundListener(forward, bound.server(), listen, null, bound.file());
    }

    static String reason(IOException failed) {
        if (failed instanceof UnknownHostException) {
            return "the name can't be resolved; listen on 127.0.0.1 or another address of this machine";
        }
        String text = failed.getMessage() == null ? failed.toString() : failed.getMessage();
        String remedy = remedy(text.toLowerCase(Locale.ROOT));
        return remedy.isEmpty() ? text : text + " (" + remedy + ")";
    }

    /** By the system's words: Java has no type for most of them. */
    private static String remedy(String text) {
        if (text.contains("already in use")) {
            return "another socket has that port: stop its owner, choose another port, or 0 for any free one";
        }
        if (text.contains("permission denied")) {
            return "ports below 1024 need a privilege: choose a higher one";
        }
        if (text.contains("cannot assign")) {
            return "it is no address of this machine";
        }
        return "";
    }

    /** Stops listening; the file goes first, while its inode can't be another's. Idempotent. */
    void close() {
        if (file != null) {
            file.delete();
        }
        try {
            server.close();
        } catch (IOException failed) {
            LOG.debug("{}: close failed", this, failed);
        }
    }

    @Override
    public String toString() {
        return "listener " + listening + " of forward " + forward.name();
    }
}
