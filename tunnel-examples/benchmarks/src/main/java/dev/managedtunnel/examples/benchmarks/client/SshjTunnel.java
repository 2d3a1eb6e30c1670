package dev.managedtunnel.examples.benchmarks.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.connection.channel.direct.LocalPortForwarder;
import net.schmizz.sshj.connection.channel.direct.Parameters;

/** sshj with its defaults, which include Bouncy Castle, but without Nagle's delays. */
final class SshjTunnel implements PeerTunnel {
    private static final int BACKLOG = 1024;

    private final SSHClient client = new SSHClient();
    private final List<ServerSocket> listeners = new ArrayList<>();

    SshjTunnel(Access access) throws IOException {
        client.loadKnownHosts(access.knownHosts().toFile());
        client.connect(Access.HOST, access.port());
        client.getSocket().setTcpNoDelay(true);
        client.authPublickey(access.user(), access.identity().toString());
        for (int target : access.targets()) {
            ServerSocket listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
            listeners.add(listener);
            LocalPortForwarder forwarder = client.newLocalPortForwarder(
                    new Parameters(Access.HOST, listener.getLocalPort(), Access.HOST, target), listener);
            Thread thread = new Thread(() -> listen(forwarder), "forward-to-" + target);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void listen(LocalPortForwarder forwarder) {
        try {
            forwarder.listen();
        } catch (IOException closed) {
            // the tunnel was closed
        }
    }

    @Override
    public List<Integer> ports() {
        return listeners.stream().map(ServerSocket::getLocalPort).toList();
    }

    @Override
    public void close() throws IOException {
        for (ServerSocket listener : listeners) {
            listener.close();
        }
        client.disconnect();
    }
}
