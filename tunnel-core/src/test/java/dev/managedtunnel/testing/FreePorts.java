package dev.managedtunnel.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that are stopped and started again on the same one. They are taken from below the range that the
 * system uses for outgoing connections, so that nobody is given the port while its server is down.
 */
public final class FreePorts {

    private static final int LOWEST = 12_000;
    private static final int HIGHEST = 31_999;
    private static final int ATTEMPTS = 200;

    private FreePorts() {}

    /** A port that nobody listens on at any address of this machine. */
    public static int next() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("No free port between " + LOWEST + " and " + HIGHEST);
    }

    private static boolean isFree(int port) {
        InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        return canListen(loopback) && canListen(new InetSocketAddress(port));
    }

    private static boolean canListen(InetSocketAddress address) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(address);
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
