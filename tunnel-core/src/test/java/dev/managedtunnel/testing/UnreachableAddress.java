package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** An address on loopback that can't be connected to: one that refuses, or one that never answers. */
public final class UnreachableAddress implements AutoCloseable {

    private static final Duration SETTLE = Duration.ofMillis(100);
    private static final int MOST_FILLERS = 64;

    private final InetSocketAddress address;
    private final List<AutoCloseable> held;

    private UnreachableAddress(InetSocketAddress address, List<AutoCloseable> held) {
        this.address = address;
        this.held = held;
    }

    /** A port that refuses connections, and that nobody else can be given while this is open. */
    public static UnreachableAddress refusing() {
        Socket bound = new Socket();
        try {
            bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            return new UnreachableAddress((InetSocketAddress) bound.getLocalSocketAddress(), List.of(bound));
        } catch (IOException e) {
            closeAll(List.of(bound));
            throw new UncheckedIOException("Can't reserve a port", e);
        }
    }

    /**
     * A port on which connection attempts get no answer at all: nobody accepts, and the queue of those waiting to be
     * accepted is full.
     */
    public static UnreachableAddress blackHole() {
        List<AutoCloseable> held = new ArrayList<>();
        try {
            ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            held.add(listener);
            InetSocketAddress address = (InetSocketAddress) listener.getLocalSocketAddress();
            while (held.size() < MOST_FILLERS) {
                SocketChannel filler = SocketChannel.open();
                held.add(filler);
                filler.configureBlocking(false);
                boolean connected = filler.connect(address) || Poll.reached(SETTLE, () -> finished(filler));
                if (!connected) {
                    return new UnreachableAddress(address, held);
                }
            }
            throw new IOException(MOST_FILLERS + " connections fit into a queue of one");
        } catch (IOException e) {
            closeAll(held);
            throw new UncheckedIOException("Can't make a port that does not answer", e);
        }
    }

    /** Where nobody answers. */
    public InetSocketAddress address() {
        return address;
    }

    /** The host of the address. */
    public String host() {
        return address.getAddress().getHostAddress();
    }

    /** The port of the address. */
    public int port() {
        return address.getPort();
    }

    @Override
    public void close() {
        closeAll(held);
    }

    private static boolean finished(SocketChannel filler) {
        try {
            return filler.finishConnect();
        } catch (IOException e) {
            throw new UncheckedIOException("The port answered", e);
        }
    }

    private static void closeAll(List<AutoCloseable> held) {
        for (AutoCloseable each : held) {
            try {
                each.close();
            } catch (Exception e) {
                // what breaks while it is closed is closed
            }
        }
    }
}
