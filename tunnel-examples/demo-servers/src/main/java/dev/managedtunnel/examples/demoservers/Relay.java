package dev.managedtunnel.examples.demoservers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands before the SSH server and hands all bytes on, so that the connections to it can be cut and frozen. */
final class Relay implements AutoCloseable {
    private static final int BUFFER = 64 * 1024;

    private final InetSocketAddress server;
    private final ServerSocket listener = new ServerSocket();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Object thaw = new Object();
    private boolean frozen;
    private volatile long delayMillis;

    /** @param port where to listen on this machine; 0 is any free port */
    Relay(int port, InetSocketAddress server) throws IOException {
        this.server = server;
        // The port may have been in use a moment ago, by this relay's predecessor.
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        daemon("relay-accept", this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Ends all connections with a RST, both ways. */
    void cut() {
        sockets.forEach(Relay::reset);
        sockets.clear();
    }

    /** Goes on accepting connections and bytes, but hands nothing on. */
    void freeze() {
        synchronized (thaw) {
            frozen = true;
        }
    }

    /** Hands on what came in meanwhile, and goes on. */
    void thaw() {
        synchronized (thaw) {
            frozen = false;
            thaw.notifyAll();
        }
    }

    /** Has whatever comes in wait so long before it is handed on. */
    void delay(Duration oneWay) {
        delayMillis = oneWay.toMillis();
    }

    /** Stops listening and ends all connections. */
    @Override
    public void close() throws IOException {
        listener.close();
        cut();
        thaw();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                hand(listener.accept());
            } catch (IOException closed) {
                // ends the loop
            }
        }
    }

    private void hand(Socket client) {
        try {
            sockets.add(client);
            Socket upstream = new Socket(server.getAddress(), server.getPort());
            sockets.add(upstream);
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            daemon("relay-up", () -> pump(client, upstream));
            daemon("relay-down", () -> pump(upstream, client));
            if (listener.isClosed()) {
                cut();
            }
        } catch (IOException noServer) {
            reset(client);
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                awaitThaw();
                Thread.sleep(delayMillis);
                out.write(buffer, 0, count);
            }
        } catch (IOException gone) {
            // either side has gone, which ends both
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private void awaitThaw() throws InterruptedException {
        synchronized (thaw) {
            while (frozen) {
                thaw.wait();
            }
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException gone) {
            // it was closed already
        }
    }

    private static void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }
}
