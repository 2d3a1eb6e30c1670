package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A server at the far end of a tunnel, on a TCP port or a Unix socket, that treats every connection by one of the
 * behaviours of {@link Targets}. It can be stopped and started again at the same address. One daemon thread a
 * connection; thread-safe.
 */
public final class Target implements AutoCloseable {

    /** What a target does with a connection. The connection is closed when this returns or throws. */
    @FunctionalInterface
    public interface Behaviour {
        /** Serves one connection, in blocking mode, on a thread of its own. */
        void serve(SocketChannel connection, Target target) throws IOException;
    }

    /** What was received on one connection, up to its end or failure. */
    public record Received(long bytes, String sha256, boolean complete) {}

    private static final Pattern CLIENT = Pattern.compile(":(\\d+)\\s+\\S+\\s+users:.*?pid=(\\d+)");
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    private final Behaviour behaviour;
    private final SocketAddress address;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final AtomicLong accepted = new AtomicLong();
    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable ServerSocketChannel listener;

    private Target(SocketAddress address, Behaviour behaviour) {
        this.address = address;
        this.behaviour = behaviour;
        start();
    }

    /** A target on a free port of 127.0.0.1. */
    public static Target tcp(Behaviour behaviour) {
        return tcp(InetAddress.getLoopbackAddress(), behaviour);
    }

    /** A target on a free port of one of this machine's addresses, for network namespaces and containers. */
    public static Target tcp(InetAddress address, Behaviour behaviour) {
        return new Target(new InetSocketAddress(address, FreePorts.next()), behaviour);
    }

    /** A target on a Unix socket; the file is removed when the target stops. */
    public static Target unix(Path socket, Behaviour behaviour) {
        return new Target(UnixDomainSocketAddress.of(socket), behaviour);
    }

    /** The address of a TCP target. */
    public InetSocketAddress address() {
        return (InetSocketAddress) address;
    }

    /** The host of a TCP target. */
    public String host() {
        return address().getAddress().getHostAddress();
    }

    /** The port of a TCP target. */
    public int port() {
        return address().getPort();
    }

    /** The path of a target on a Unix socket. */
    public Path socket() {
        return ((UnixDomainSocketAddress) address).getPath();
    }

    /** How many connections were accepted so far. */
    public long accepted() {
        return accepted.get();
    }

    /** How many connections are being served now. */
    public int open() {
        return open.size();
    }

    /** The processes whose connections are being served now, by the port at which they are seen. Linux. */
    public Map<Integer, Long> clientProcesses() {
        Map<Integer, Long> processes = new HashMap<>();
        Exec.run("ss", "-Htnp", "state", "established", "dport = :" + port())
                .lines()
                .map(CLIENT::matcher)
                .filter(Matcher::find)
                .forEach(line -> processes.put(Integer.valueOf(line.group(1)), Long.valueOf(line.group(2))));
        return processes;
    }

    /** What the connections that are over have received, for behaviours that record it; in the order of their end. */
    public List<Received> received() {
        return List.copyOf(received);
    }

    /** Waits until so many connections are over and recorded. */
    public List<Received> awaitReceived(int count, Duration limit) {
        Poll.until(
                limit,
                () -> received.size() + " of " + count + " connections of " + this + " over, " + open() + " open",
                () -> received.size() >= count);
        return received();
    }

    /** Waits until so many connections are being served. */
    public void awaitOpen(int count, Duration limit) {
        Poll.until(limit, () -> open() + " instead of " + count + " connections at " + this, () -> open() == count);
    }

    /** Waits until so many connections were accepted. */
    public void awaitAccepted(long count, Duration limit) {
        Poll.until(limit, () -> accepted() + " of " + count + " accepted by " + this, () -> accepted() >= count);
    }

    /** Ends every connection with a RST, or a plain close on a Unix socket. */
    public void reset() {
        open.forEach(this::reset);
    }

    /** Stops listening and ends all connections; new ones are refused. */
    public synchronized void stop() {
        if (listener == null) {
            return;
        }
        closeQuietly(listener);
        listener = null;
        open.forEach(Target::closeQuietly);
        for (Thread thread : threads) {
            join(thread);
        }
        if (address instanceof UnixDomainSocketAddress unix) {
            try {
                Files.deleteIfExists(unix.getPath());
            } catch (IOException e) {
                throw new UncheckedIOException("Can't remove " + unix.getPath(), e);
            }
        }
    }

    /** Listens again at the same address after {@link #stop}. */
    public synchronized void start() {
        if (listener != null) {
            return;
        }
        try {
            ServerSocketChannel channel = ServerSocketChannel.open(
                    !(address instanceof InetSocketAddress inet)
                            ? StandardProtocolFamily.UNIX
                            : inet.getAddress() instanceof Inet6Address
                                    ? StandardProtocolFamily.INET6
                                    : StandardProtocolFamily.INET);
            listener = channel;
            if (address instanceof InetSocketAddress) {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            }
            channel.bind(address, 1024);
            spawn("fixture-target-" + address, () -> accept(channel));
        } catch (IOException e) {
            closeQuietly(listener);
            listener = null;
            throw new UncheckedIOException("No target at " + address, e);
        }
    }

    /** Stops for good. */
    @Override
    public void close() {
        closed.countDown();
        stop();
    }

    @Override
    public String toString() {
        return "target " + address;
    }

    void record(Received what) {
        received.add(what);
    }

    /** Holds a connection without touching it until the target or the connection is closed. */
    void hold(SocketChannel connection) {
        try {
            while (connection.isOpen() && !closed.await(10, TimeUnit.MILLISECONDS)) {
                // only closing ends this
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void reset(SocketChannel connection) {
        try {
            if (address instanceof InetSocketAddress) {
                connection.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException e) {
            // it is closed already
        }
        closeQuietly(connection);
    }

    private void accept(ServerSocketChannel channel) {
        while (channel.isOpen()) {
            try {
                SocketChannel connection = channel.accept();
                if (address instanceof InetSocketAddress) {
                    connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
                }
                open.add(connection);
                accepted.incrementAndGet();
                if (!channel.isOpen()) {
                    closeQuietly(connection);
                }
                spawn("fixture-target-connection-" + accepted, () -> serve(connection));
            } catch (IOException e) {
                // stopped, or a client that was gone before it was accepted
            }
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            behaviour.serve(connection, this);
        } catch (IOException e) {
            // the client or the tunnel broke the connection: what was received is recorded, nothing else to do
        } finally {
            open.remove(connection);
        }
    }

    private void spawn(String name, Runnable work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } finally {
                        threads.remove(Thread.currentThread());
                    }
                },
                name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private static void join(Thread thread) {
        try {
            thread.join(END_LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            throw new IllegalStateException(thread.getName() + " does not end");
        }
    }

    private static void closeQuietly(@Nullable AutoCloseable closeable) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (Exception e) {
            // what breaks while it is closed is closed
        }
    }
}
