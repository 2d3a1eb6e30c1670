package dev.managedtunnel.examples.benchmarks.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * The program between client and server that makes a long way of a short one. Each byte is handed on exactly so long after
 * it came, however many there are: the way is long, not narrow, and nothing is lost on it. Prints its port and serves until
 * its standard input ends.
 */
public final class DelayRelay {
    private static final int BACKLOG = 1024;

    private DelayRelay() {}

    /** Takes the port to hand on to, on loopback, and the delay in each direction, in microseconds. */
    public static void main(String[] args) throws IOException {
        InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        long delayNanos = TimeUnit.MICROSECONDS.toNanos(Long.parseLong(args[1]));
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
            System.out.println("ready " + listener.socket().getLocalPort());
            daemon("accept", () -> accept(listener, server, delayNanos));
            while (System.in.read() >= 0) {
                // nothing is asked for here
            }
        }
    }

    private static void accept(ServerSocketChannel listener, InetSocketAddress server, long delayNanos) {
        try {
            while (true) {
                SocketChannel client = listener.accept();
                client.setOption(StandardSocketOptions.TCP_NODELAY, true);
                SocketChannel upstream = SocketChannel.open(server);
                upstream.setOption(StandardSocketOptions.TCP_NODELAY, true);
                new DelayLine(client, upstream, delayNanos).start("up");
                new DelayLine(upstream, client, delayNanos).start("down");
            }
        } catch (IOException closed) {
            // the program ends, or there is no server
        }
    }

    static void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }
}
