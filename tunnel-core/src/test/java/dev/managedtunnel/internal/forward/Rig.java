package dev.managedtunnel.internal.forward;

import static org.awaitility.Awaitility.await;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Parking;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.status.Recorder;
import dev.managedtunnel.internal.time.FakeScheduler;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A forwarder with one forward, its clock in the test's hand, and clients with real sockets. */
final class Rig implements AutoCloseable {
    static final String FORWARD = "db:5432";
    static final int MAX_WINDOW = 16 * 1024 * 1024;
    private static final int TIMEOUT_MILLIS = 10_000;

    final FakeScheduler scheduler = new FakeScheduler();
    final Queue<TunnelEvent.ConnectionFailed> events = new ConcurrentLinkedQueue<>();
    /** Of forwards. */
    final Queue<TunnelEvent> changes = new ConcurrentLinkedQueue<>();

    final Queue<Duration> parkedTimes = new ConcurrentLinkedQueue<>();
    final Queue<Duration> openTimes = new ConcurrentLinkedQueue<>();
    final Forwarder forwarder;

    private final List<Closeable> owned = new CopyOnWriteArrayList<>();

    Rig() {
        this(Parking.upTo(256));
    }

    Rig(Parking parking) {
        this(parking, Forward.local("db", 5432));
    }

    Rig(Parking parking, Forward... forwards) {
        Recorder recorder = new Recorder() {
            @Override
            public void channelOpened(String forward, Duration duration) {
                openTimes.add(duration);
            }

            @Override
            public void parked(String forward, Duration duration) {
                parkedTimes.add(duration);
            }
        };
        forwarder = Forwarder.bind(
                "test", List.of(forwards), parking, MAX_WINDOW, scheduler, Runnable::run, recorder, this::heard);
    }

    private void heard(TunnelEvent event) {
        if (event instanceof TunnelEvent.ConnectionFailed failed) {
            events.add(failed);
        } else {
            changes.add(event);
        }
    }

    /** A link that is up, and closed with the rig. */
    FakeLink up(FakeLink link) {
        owned.add(link);
        forwarder.linkUp(link);
        return link;
    }

    Client connect() throws IOException {
        return connect(0);
    }

    void connectUnchecked() {
        try {
            var unused = connect();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** @param receiveBuffer bytes; 0 for the system's default */
    Client connect(int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        socket.connect(forwarder.address(FORWARD));
        return own(new Client(socket));
    }

    /** How a connection ends that is ended at once: its client may hear of that while it still connects. */
    End endOfNewConnection() throws IOException {
        return endOfNewConnection(address());
    }

    static End endOfNewConnection(InetSocketAddress address) throws IOException {
        try (Client client = new Client(new Socket())) {
            client.socket.setSoTimeout(TIMEOUT_MILLIS);
            client.socket.connect(address);
            return client.end();
        } catch (ConnectException refused) {
            throw refused;
        } catch (SocketException reset) {
            if (!"Connection reset by peer".equals(reset.getMessage())) {
                throw reset;
            }
            return End.RESET;
        }
    }

    InetSocketAddress address() {
        return forwarder.address(FORWARD);
    }

    <T extends Closeable> T own(T closeable) {
        owned.add(closeable);
        return closeable;
    }

    TunnelStatus.Forwarded status() {
        return forwarder.statuses().get(0);
    }

    long count(ConnectionOutcome outcome) {
        return status().outcomes().get(outcome);
    }

    void awaitWaiting(int connections) {
        until("waiting: " + connections, () -> status().parked() == connections);
    }

    void awaitActive(int connections) {
        until("active: " + connections, () -> status().active() == connections);
    }

    void awaitCount(ConnectionOutcome outcome, long connections) {
        until(outcome + ": " + connections, () -> count(outcome) == connections);
    }

    static void until(String what, BooleanSupplier condition) {
        await(what)
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(2))
                .until(condition::getAsBoolean);
    }

    /** Parks them for certain, the timer included. */
    void awaitParked(int connections) {
        awaitWaiting(connections);
        until("a timer", () -> scheduler.pending() == 1);
    }

    @Override
    public void close() throws IOException {
        forwarder.close();
        for (int i = owned.size(); i > 0; i--) {
            owned.get(i - 1).close();
        }
        if (scheduler.pending() != 0) {
            throw new AssertionError("timers left: " + scheduler.pending());
        }
    }

    /** Ends its threads, or says that one hangs. */
    static void end(ExecutorService executor) {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(10, TimeUnit.SECONDS)) {
                throw new AssertionError("a thread hangs");
            }
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** How a stream ends for a client. */
    enum End {
        EOF,
        RESET
    }

    /** A client with a real socket. */
    record Client(Socket socket) implements Closeable {
        void send(String text) throws IOException {
            send(text.getBytes(StandardCharsets.UTF_8));
        }

        void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        void sendEof() throws IOException {
            socket.shutdownOutput();
        }

        String read(int length) throws IOException {
            return new String(readBytes(length), StandardCharsets.UTF_8);
        }

        byte[] readBytes(int length) throws IOException {
            return socket.getInputStream().readNBytes(length);
        }

        byte[] readAll() throws IOException {
            return socket.getInputStream().readAllBytes();
        }

        /** Skips what comes and says how it ends. */
        End end() throws IOException {
            InputStream in = socket.getInputStream();
            try {
                byte[] skipped = new byte[8192];
                while (in.read(skipped) >= 0) {
                    // until the end
                }
                return End.EOF;
            } catch (SocketException reset) {
                if (!"Connection reset".equals(reset.getMessage())) {
                    throw reset;
                }
                return End.RESET;
            }
        }

        /** Leaves with a RST. */
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
