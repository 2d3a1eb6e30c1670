package dev.managedtunnel.examples.benchmarks.client;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.examples.benchmarks.load.Connector;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import javax.net.SocketFactory;

/** This library with its defaults, by the socket factory of its first forward: no port is used. */
final class ManagedSocket implements PeerTunnel {
    private final ManagedTunnel tunnel;
    private final SocketFactory sockets;
    private final InetSocketAddress target;

    ManagedSocket(Access access) {
        tunnel = ManagedPort.open(access, ManagedPort.gateway(access), ManagedPort::toTarget);
        int port = access.targets().get(0);
        sockets = tunnel.socketFactory(ManagedPort.forwardName(port));
        target = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public List<Integer> ports() {
        return List.of();
    }

    /** The address is the forward's, whatever is asked for. */
    @Override
    public Connector connector() {
        return () -> {
            Socket socket = sockets.createSocket();
            socket.connect(target);
            return socket;
        };
    }

    @Override
    public void close() {
        tunnel.close();
    }
}
