package dev.managedtunnel.examples.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * The program in front of the tunnels: reads commands, each a port and a load for the tunnel that listens there, and prints
 * an answer for each, until its standard input ends.
 */
public final class LoadMain {
    private LoadMain() {}

    /** Takes no arguments. */
    public static void main(String[] args) throws IOException {
        Loads loads = new Loads();
        System.out.println("ready");
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] parts = line.split(" ", 2);
            System.out.println(loads.answer(toPort(Integer.parseInt(parts[0])), parts[1]));
        }
    }

    /** Connects to this port of loopback. */
    public static Connector toPort(int port) {
        return () -> {
            Socket socket = new Socket();
            try {
                socket.setTcpNoDelay(true);
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return socket;
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        };
    }
}
