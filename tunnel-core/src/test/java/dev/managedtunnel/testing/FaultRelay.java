package dev.managedtunnel.testing;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A TCP relay on loopback between a client and a target, on which a test may break the link: delay, limit, stall, drip
 * or cut it. Every fault is in effect when the method that sets it returns, for all connections, those to come
 * included, unless said otherwise. Bytes are passed on in order and none is lost, however long a stall takes; only a cut
 * loses what is under way. A FIN and a RST of one side are passed on to the other.
 *
 * <p>One thread moves all bytes. It reads from a side only when it may pass the bytes on, so that a stalled side fills
 * up as it does behind a dead link. Thread-safe.
 */
public final class FaultRelay implements AutoCloseable {

    /** Which way bytes go. */
    public enum Direction {
        /** From the client to the target. */
        TO_TARGET,
        /** From the target to the client. */
        TO_CLIENT
    }

    private enum Arrivals {
        FORWARD,
        HOLD,
        REFUSE
    }

    /** A change that a test asks for, done on the relay's thread. */
    private record Call(Runnable change, CompletableFuture<@Nullable Void> done) {}

    private static final Duration CALL_LIMIT = Duration.ofSeconds(10);
    private static final long START = System.nanoTime();
    private static final int SCRATCH = 256 * 1024;

    private final InetSocketAddress target;
    private final InetSocketAddress address;
    private final Selector selector;
    private final Thread thread;
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final AtomicLong accepted = new AtomicLong();
    private volatile boolean closing;

    // all below: on the relay's thread only
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH);
    private final Set<RelayedConnection> connections = new LinkedHashSet<>();
    private final LinkFaults toTarget = new LinkFaults();
    private final LinkFaults toClient = new LinkFaults();
    private Arrivals arrivals = Arrivals.FORWARD;
    private @Nullable ServerSocketChannel listener;

    private FaultRelay(InetSocketAddress target, int port) {
        this.target = target;
        this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        try {
            selector = Selector.open();
            listen();
        } catch (IOException e) {
            throw new UncheckedIOException("Can't relay from " + address + " to " + target, e);
        }
        thread = new Thread(this::run, "fixture-relay-" + port);
        thread.setDaemon(true);
        thread.start();
    }

    /** A relay to a port on loopback. */
    public static FaultRelay to(int targetPort) {
        return to(new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort));
    }

    /** A relay to a target, which need not be up yet: a client is cut with RST when the target can't be reached. */
    public static FaultRelay to(InetSocketAddress target) {
        return new FaultRelay(target, FreePorts.next());
    }

    /** Where clients connect to. */
    public InetSocketAddress address() {
        return address;
    }

    /** The host that clients connect to. */
    public String host() {
        return address.getAddress().getHostAddress();
    }

    /** The port that clients connect to. */
    public int port() {
        return address.getPort();
    }

    /** Adds latency to each direction, so twice as much to a round trip; zero lifts it. */
    public void delay(Duration oneWay) {
        delay(Direction.TO_TARGET, oneWay);
        delay(Direction.TO_CLIENT, oneWay);
    }

    /** Adds latency to one direction; zero lifts it. */
    public void delay(Direction direction, Duration oneWay) {
        call(() -> faults(direction).delayNanos = oneWay.toNanos());
    }

    /** Limits a direction, all connections together; zero lifts the limit. */
    public void bandwidth(Direction direction, long bytesPerSecond) {
        call(() -> faults(direction).limit(bytesPerSecond, clock()));
    }

    /** Passes on single bytes of a direction, on each connection one every so often; zero lifts it. */
    public void drip(Direction direction, Duration interval) {
        call(() -> faults(direction).dripNanos = interval.toNanos());
    }

    /** Passes nothing on in either direction; TCP stays up. */
    public void stall() {
        stall(Direction.TO_TARGET);
        stall(Direction.TO_CLIENT);
    }

    /** Passes nothing on in one direction; TCP stays up. */
    public void stall(Direction direction) {
        call(() -> faults(direction).stalled = true);
    }

    /** Passes exactly so many more bytes on in a direction, all connections together, then stalls it. */
    public void stallAfter(Direction direction, long bytes) {
        call(() -> faults(direction).stallAfter(bytes));
    }

    /** Waits until a stall set by {@link #stallAfter} has begun and all bytes before it have been passed on. */
    public void awaitStall(Direction direction, Duration limit) {
        LinkFaults faults = faults(direction);
        Poll.until(
                limit, () -> "no stall " + direction + ", " + bytes(direction) + " bytes so far", faults::hasStalled);
    }

    /** Stalls the connections there are in both directions, but none that comes later. */
    public void stallPresent() {
        call(() -> connections.forEach(connection -> connection.stall(true)));
    }

    /** Lifts every stall. */
    public void resume() {
        call(this::liftStalls);
    }

    /** Lifts every fault and accepts connections again. */
    public void heal() {
        call(() -> {
            liftStalls();
            for (Direction direction : Direction.values()) {
                LinkFaults faults = faults(direction);
                faults.delayNanos = 0;
                faults.dripNanos = 0;
                faults.limit(0, clock());
            }
            arrive(Arrivals.FORWARD);
        });
    }

    /** Ends every connection with a FIN to both sides; what they still send is discarded. */
    public void cutWithFin() {
        call(() -> connections.forEach(RelayedConnection::finish));
    }

    /** Ends every connection with a RST to both sides. */
    public void cutWithRst() {
        call(() -> connections.forEach(RelayedConnection::reset));
    }

    /** Closes every connection on both sides, as a process that dies does: FIN, or RST where bytes were unread. */
    public void cut() {
        call(() -> connections.forEach(RelayedConnection::close));
    }

    /** Refuses new connections: nobody listens any more. */
    public void refuseNew() {
        call(() -> arrive(Arrivals.REFUSE));
    }

    /** Accepts new connections and leaves them alone: nothing is passed on until {@link #acceptNew}. */
    public void holdNew() {
        call(() -> arrive(Arrivals.HOLD));
    }

    /** Accepts and passes on new connections again, those held included. */
    public void acceptNew() {
        call(() -> arrive(Arrivals.FORWARD));
    }

    /** How many connections were accepted so far. */
    public long accepted() {
        return accepted.get();
    }

    /** How many connections there are now. */
    public int live() {
        AtomicLong count = new AtomicLong();
        call(() ->
                count.set(connections.stream().filter(RelayedConnection::isLive).count()));
        return (int) count.get();
    }

    /** How many bytes were passed on so far in a direction. */
    public long bytes(Direction direction) {
        return faults(direction).passed();
    }

    /** Ends the listener, all connections and the thread. */
    @Override
    public void close() {
        closing = true;
        selector.wakeup();
        try {
            thread.join(CALL_LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            throw new IllegalStateException(thread.getName() + " does not end");
        }
    }

    @Override
    public String toString() {
        return "relay " + address + " -> " + target;
    }

    private LinkFaults faults(Direction direction) {
        return direction == Direction.TO_TARGET ? toTarget : toClient;
    }

    private void call(Runnable change) {
        Call call = new Call(change, new CompletableFuture<>());
        calls.add(call);
        selector.wakeup();
        try {
            call.done.get(CALL_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("Failed on " + this, e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException(thread.isAlive() ? this + " hangs" : this + " is closed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while changing " + this, e);
        }
    }

    private void liftStalls() {
        toTarget.lift();
        toClient.lift();
        connections.forEach(connection -> connection.stall(false));
    }

    private void arrive(Arrivals wanted) {
        arrivals = wanted;
        try {
            if (wanted == Arrivals.REFUSE) {
                if (listener != null) {
                    listener.close();
                    listener = null;
                }
            } else if (listener == null) {
                listen();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Can't change the listener " + address, e);
        }
        if (wanted == Arrivals.FORWARD) {
            connections.forEach(connection -> connection.connect(target));
        }
    }

    private void listen() throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(address, 1024);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_ACCEPT);
            listener = channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private void run() {
        try {
            while (!closing) {
                selector.select(millisToWait());
                List<Call> taken = takeCalls();
                // a channel that was closed while registered is really closed by the next selection only
                selector.selectNow();
                taken.forEach(call -> call.done.complete(null));
                Set<RelayedConnection> ready = new LinkedHashSet<>();
                boolean arrived = false;
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key.attachment() instanceof RelayedConnection connection) {
                        ready.add(connection);
                    } else {
                        arrived = true;
                    }
                }
                selector.selectedKeys().clear();
                if (arrived) {
                    acceptAll();
                }
                long now = clock();
                for (RelayedConnection connection : connections) {
                    if (!taken.isEmpty() || arrived || connection.wakeAt() <= now || ready.contains(connection)) {
                        connection.move(now);
                    }
                }
                connections.removeIf(RelayedConnection::isClosed);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(this + " broke", e);
        } finally {
            connections.forEach(RelayedConnection::close);
            closeQuietly(listener);
            // really closes the channels that were registered
            closeQuietly(selector);
        }
    }

    private long millisToWait() {
        long wakeAt = Long.MAX_VALUE;
        for (RelayedConnection connection : connections) {
            wakeAt = Math.min(wakeAt, connection.wakeAt());
        }
        if (wakeAt == Long.MAX_VALUE) {
            return 0;
        }
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(wakeAt - clock() + 999_999));
    }

    private List<Call> takeCalls() throws IOException {
        List<Call> taken = new ArrayList<>();
        for (Call call = calls.poll(); call != null; call = calls.poll()) {
            // who has connected is there already, for faults of the present connections and before a refusal
            acceptAll();
            try {
                call.change.run();
                taken.add(call);
            } catch (RuntimeException e) {
                call.done.completeExceptionally(e);
            }
        }
        return taken;
    }

    private void acceptAll() throws IOException {
        if (listener == null) {
            return;
        }
        for (SocketChannel client = listener.accept(); client != null; client = listener.accept()) {
            accepted.incrementAndGet();
            RelayedConnection connection = new RelayedConnection(client, selector, scratch, toTarget, toClient);
            connections.add(connection);
            if (arrivals == Arrivals.FORWARD) {
                connection.connect(target);
            }
        }
    }

    /** Nanoseconds that, unlike those of the JVM, are never negative. */
    private static long clock() {
        return System.nanoTime() - START;
    }

    static void closeQuietly(@Nullable Closeable closeable) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (IOException e) {
            // what breaks while it is closed is closed
        }
    }
}
