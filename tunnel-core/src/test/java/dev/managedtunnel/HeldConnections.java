package dev.managedtunnel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Connections that stay open, as those of a pool do, to a target that sends back what it gets. For one thread. */
final class HeldConnections implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final byte[] LINE = "still there?\n".getBytes(StandardCharsets.UTF_8);

    private final InetSocketAddress address;
    private final List<Socket> open = new ArrayList<>();

    HeldConnections(InetSocketAddress address) {
        this.address = address;
    }

    /** Opens one more. */
    Socket add() throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout((int) PATIENCE.toMillis());
        open.add(socket);
        socket.connect(address, (int) PATIENCE.toMillis());
        return socket;
    }

    int count() {
        return open.size();
    }

    /** Exchanges a line on each. Closes and returns those that broke, by an error that the application sees. */
    List<Socket> exchange() throws IOException {
        List<Socket> broken = new ArrayList<>();
        for (Socket socket : open) {
            byte[] back;
            try {
                socket.getOutputStream().write(LINE);
                back = socket.getInputStream().readNBytes(LINE.length);
            } catch (IOException seen) {
                broken.add(socket);
                continue;
            }
            if (back.length < LINE.length) {
                throw new AssertionError("a connection ended as if its target had closed it");
            }
        }
        open.removeAll(broken);
        for (Socket socket : broken) {
            socket.close();
        }
        return broken;
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
    }
}
