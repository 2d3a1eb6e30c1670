package dev.managedtunnel.examples.benchmarks.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Ports of loopback. */
public final class Ports {
    private Ports() {}

    /** One that nobody listens on at the moment. */
    public static int free() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /**
     * Waits until somebody listens.
     *
     * @return false when the time is over, or whoever was to listen has ended
     */
    public static boolean awaitOpen(int port, long millis, BooleanSupplier alive) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (alive.getAsBoolean() && System.nanoTime() - end < 0) {
            try (Socket open = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return open.isConnected();
            } catch (IOException notYet) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
        }
        return false;
    }
}
