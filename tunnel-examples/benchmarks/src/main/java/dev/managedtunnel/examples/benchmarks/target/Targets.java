package dev.managedtunnel.examples.benchmarks.target;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * The program behind the tunnel: one port on loopback, a thread for each connection, which does what its first bytes ask
 * for. Prints its port and serves until its standard input ends.
 */
public final class Targets {
    private static final int BACKLOG = 1024;

    private Targets() {}

    /** Takes no arguments. */
    public static void main(String[] args) throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
            System.out.println("ready " + listener.socket().getLocalPort());
            daemon("accept", () -> accept(listener));
            while (System.in.read() >= 0) {
                // nothing is asked for here
            }
        }
    }

    private static void accept(ServerSocketChannel listener) {
        try {
            while (true) {
                SocketChannel connection = listener.accept();
                connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
                daemon("connection", () -> serve(connection));
            }
        } catch (IOException closed) {
            // the program ends
        }
    }

    private static void serve(SocketChannel connection) {
        try (connection) {
            new Conversation(connection).run();
        } catch (IOException | InterruptedException gone) {
            // whoever measures notices at the other end
        }
    }

    static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
