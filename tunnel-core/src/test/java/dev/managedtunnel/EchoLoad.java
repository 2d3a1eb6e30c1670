package dev.managedtunnel;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * An application that opens a connection every 20 ms, whether those before it are served or not. Each connects, sends a
 * line of its own, expects it back, and closes; it is patient for a minute. Threads block, one a connection.
 */
final class EchoLoad implements AutoCloseable {
    /** How often a connection is opened. */
    static final Duration EVERY = Duration.ofMillis(20);

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** How one connection ended, as the application sees it. */
    enum Result {
        /** Its line came back. */
        SERVED,
        /** {@code connect} failed: nothing listened. */
        REFUSED,
        /**
         * It was connected, and then ended or timed out without its line. On a loaded machine the RST may be there before
         * {@code connect} has returned; the system then tells of a reset instead of a refusal.
         */
        BROKEN
    }

    /**
     * One connection.
     *
     * @param openedAt just before {@code connect}, in {@link System#nanoTime()}
     * @param endedAt when the line was back, or the error seen
     */
    record Attempt(long openedAt, long endedAt, Result result, String detail) {
        Duration took() {
            return Duration.ofNanos(endedAt - openedAt);
        }
    }

    private final InetSocketAddress address;
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService clients = Executors.newCachedThreadPool();
    private final AtomicLong opened = new AtomicLong();
    private final Queue<Attempt> attempts = new ConcurrentLinkedQueue<>();

    private final Future<?> opening;

    private EchoLoad(InetSocketAddress address) {
        this.address = address;
        opening = pace.scheduleAtFixedRate(this::open, 0, EVERY.toNanos(), TimeUnit.NANOSECONDS);
    }

    static EchoLoad on(InetSocketAddress address) {
        return new EchoLoad(address);
    }

    private void open() {
        long number = opened.incrementAndGet();
        clients.execute(() -> attempts.add(attempt(number)));
    }

    private Attempt attempt(long number) {
        byte[] line = ("line " + number + "\n").getBytes(StandardCharsets.UTF_8);
        boolean connected = false;
        long openedAt = System.nanoTime();
        try (Socket socket = new Socket()) {
            socket.connect(address, (int) PATIENCE.toMillis());
            connected = true;
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream().write(line);
            byte[] back = socket.getInputStream().readNBytes(line.length);
            long endedAt = System.nanoTime();
            if (Arrays.equals(line, back)) {
                return new Attempt(openedAt, endedAt, Result.SERVED, "");
            }
            return new Attempt(openedAt, endedAt, Result.BROKEN, "ended after " + back.length + " bytes");
        } catch (IOException failed) {
            boolean wasReset = String.valueOf(failed.getMessage()).contains("reset");
            return new Attempt(
                    openedAt,
                    System.nanoTime(),
                    connected || wasReset ? Result.BROKEN : Result.REFUSED,
                    String.valueOf(failed));
        }
    }

    /** Those that have ended so far. */
    List<Attempt> attempts() {
        return List.copyOf(attempts);
    }

    /** Waits until one that has ended is as wanted. */
    void awaitAny(Duration limit, Predicate<Attempt> wanted) {
        await().pollInterval(Duration.ofMillis(5))
                .atMost(limit)
                .until(() -> attempts.stream().anyMatch(wanted));
    }

    /** Goes on until so many more connections were opened. */
    void openMore(int connections) {
        long enough = opened.get() + connections;
        await().pollInterval(Duration.ofMillis(5))
                .atMost(EVERY.multipliedBy(connections).plusSeconds(10))
                .until(() -> opened.get() >= enough);
    }

    /** Opens no more, and waits for those under way. */
    List<Attempt> finish() {
        if (opening.isDone()) {
            throw new IllegalStateException("The load ended by itself");
        }
        close();
        return attempts();
    }

    @Override
    public void close() {
        pace.shutdownNow();
        awaitEnd(pace);
        clients.shutdown();
        awaitEnd(clients);
    }

    private static void awaitEnd(ExecutorService executor) {
        try {
            if (!executor.awaitTermination(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("A connection has ended neither well nor by its time-out");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for the load to end", interrupted);
        }
    }
}
