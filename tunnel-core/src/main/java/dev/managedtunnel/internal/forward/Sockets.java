package dev.managedtunnel.internal.forward;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;

/** The two ways to end a client's socket, and what is set on a new one. */
final class Sockets {
    private Sockets() {}

    /** Makes an accepted socket fit for the loop. */
    static void prepare(SocketChannel client) throws IOException {
        client.configureBlocking(false);
        if (isTcp(client)) {
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
    }

    /**
     * Ends it so that the client sees an error: a RST, and what was queued for it is dropped. A Unix socket knows no
     * RST: its client sees "connection reset" when bytes of its own were not read, else an end of stream.
     */
    static void reset(SocketChannel client) {
        try {
            if (client.isOpen() && isTcp(client)) {
                client.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException ended) {
            // Then there is nobody left to tell.
        }
        close(client);
    }

    /** Ends it in order: the system still delivers what was written. */
    static void close(SocketChannel client) {
        try {
            client.close();
        } catch (IOException ignored) {
            // The descriptor is gone all the same.
        }
    }

    private static boolean isTcp(SocketChannel client) {
        return client.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY);
    }
}
