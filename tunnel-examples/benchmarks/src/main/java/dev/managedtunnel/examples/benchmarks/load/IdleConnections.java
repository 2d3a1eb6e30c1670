package dev.managedtunnel.examples.benchmarks.load;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Connections that are there and do nothing, until they are let go. Setting of hold: {@code count}. */
final class IdleConnections {
    private final List<Socket> held = new ArrayList<>();

    /** Opens them, one after the other, each with one message there and back. */
    Figures hold(Connector tunnel, Figures settings) throws IOException {
        for (long i = settings.whole("count"); i > 0; i--) {
            Socket socket = tunnel.connect();
            held.add(socket);
            ShortConnections.echo(socket);
        }
        return Figures.none();
    }

    /** Closes them, after one more message there and back on each: they must still be good. */
    Figures release(Connector tunnel, Figures settings) throws IOException {
        try {
            for (Socket socket : held) {
                ShortConnections.echoAgain(socket);
            }
        } finally {
            for (Socket socket : held) {
                socket.close();
            }
            held.clear();
        }
        return Figures.none();
    }
}
