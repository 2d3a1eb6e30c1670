package dev.managedtunnel.examples.benchmarks.client;

import dev.managedtunnel.examples.benchmarks.load.Connector;
import dev.managedtunnel.examples.benchmarks.load.Loads;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The process of one client: opens a tunnel, prints {@code ready} and its local ports, and serves until its standard input
 * ends. Its commands: {@code close} closes the tunnel, {@code open} opens another one and answers as the first time, and for
 * a tunnel without ports any load, which then runs here.
 */
public final class ClientMain {
    private ClientMain() {}

    /** Takes the name of a {@link Peer} and what {@link Access#arguments()} made. */
    public static void main(String[] args) throws Exception {
        Peer peer = Peer.valueOf(args[0]);
        Access access = Access.parse(List.of(args).subList(1, args.length));
        Loads loads = new Loads();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PeerTunnel tunnel = peer.open(access);
        System.out.println(ready(tunnel));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            Connector connector = tunnel.connector();
            if (line.equals("close")) {
                tunnel.close();
                System.out.println("ok");
            } else if (line.equals("open")) {
                tunnel = peer.open(access);
                System.out.println(ready(tunnel));
            } else if (connector != null) {
                System.out.println(loads.answer(connector, line));
            } else {
                System.out.println("failed the load belongs into a process of its own");
            }
        }
        tunnel.close();
        // a library may have left a thread behind
        System.exit(0);
    }

    private static String ready(PeerTunnel tunnel) {
        return "ready" + tunnel.ports().stream().map(port -> " " + port).collect(Collectors.joining());
    }
}
