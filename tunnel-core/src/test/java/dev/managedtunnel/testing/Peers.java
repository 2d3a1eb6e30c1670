package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Both ends of any number of connections, on one thread: the clients that connect to a tunnel's listener, and the target
 * that they reach behind it. A client's first four bytes, its hello, tell the target which {@link Talk} it belongs to.
 * They come before the bytes of its script and are in nobody's count. Thread-safe.
 */
public final class Peers implements AutoCloseable {

    /** What each connection carries before the bytes that its scripts count. */
    public static final int HELLO = Integer.BYTES;

    private static final int SCRATCH = 64 * 1024;
    private static final int BACKLOG = 1024;
    private static final long CALL_SECONDS = 10;

    private record Wake(long at, Peer peer) {}

    private final Selector selector;
    private final Thread thread;
    private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
    private final Map<Integer, Talk> talks = new ConcurrentHashMap<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private volatile boolean closing;
    private volatile boolean held;

    // all below: on the thread only
    private final byte[] scratch = new byte[SCRATCH];
    private final byte[] expected = new byte[SCRATCH];
    private final PriorityQueue<Wake> wakes = new PriorityQueue<>((one, other) -> Long.compare(one.at - other.at, 0));

    /** Starts the thread. */
    public Peers() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread = new Thread(this::run, "fixture-peers");
        thread.setDaemon(true);
        thread.start();
    }

    /** Listens on a free port of 127.0.0.1, as the target of talks. */
    public InetSocketAddress listen() {
        return (InetSocketAddress) listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePorts.next()));
    }

    /** Listens on a Unix socket, as the target of talks. */
    public void listen(Path socket) {
        listen(UnixDomainSocketAddress.of(socket));
    }

    private SocketAddress listen(SocketAddress address) {
        try {
            ServerSocketChannel listener = ServerSocketChannel.open(family(address));
            listener.bind(address, BACKLOG);
            listener.configureBlocking(false);
            call(() -> register(listener, SelectionKey.OP_ACCEPT, listener));
            return address;
        } catch (IOException e) {
            throw new UncheckedIOException("No target at " + address, e);
        }
    }

    private static StandardProtocolFamily family(SocketAddress address) {
        return address instanceof UnixDomainSocketAddress ? StandardProtocolFamily.UNIX : StandardProtocolFamily.INET;
    }

    /** Connects a client to an address behind which one of these targets is, and lets both sides follow their scripts. */
    public Talk talk(SocketAddress address, TalkScript client, TalkScript target) {
        Talk talk = new Talk(numbers.incrementAndGet(), this, client, target);
        talks.put(talk.number(), talk);
        try {
            SocketChannel channel = connect(address);
            try {
                channel.write(ByteBuffer.allocate(HELLO).putInt(talk.number()).flip());
                channel.configureBlocking(false);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
            call(() -> {
                talk.client().start(channel, register(channel, 0, talk.client()));
                move(talk.client());
            });
        } catch (IOException e) {
            talk.problem("client could not greet: " + e);
        }
        return talk;
    }

    /** Connects and breaks the connection at once, without a hello. */
    public void connectAndReset(SocketAddress address) {
        try {
            close(connect(address), true);
        } catch (IOException e) {
            throw new UncheckedIOException("No connection to " + address, e);
        }
    }

    private static SocketChannel connect(SocketAddress address) throws IOException {
        SocketChannel channel = SocketChannel.open(family(address));
        try {
            channel.connect(address);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** While held, clients are connected and greet, and nothing more is said by either side. */
    public void hold(boolean on) {
        held = on;
        call(() -> talks.values().forEach(talk -> {
            move(talk.client());
            move(talk.target());
        }));
    }

    /** How many targets have been reached and have not ended. */
    public int openTargets() {
        return (int)
                talks.values().stream().filter(talk -> talk.target().isOpen()).count();
    }

    /** Ends all connections and the thread. */
    @Override
    public void close() {
        closing = true;
        selector.wakeup();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(CALL_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            throw new IllegalStateException(thread.getName() + " does not end");
        }
    }

    /** Does it on the thread, and waits until it is done. */
    void call(Runnable change) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        calls.add(() -> {
            try {
                change.run();
                done.complete(null);
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        selector.wakeup();
        done.orTimeout(CALL_SECONDS, TimeUnit.SECONDS).join();
    }

    byte[] scratch() {
        return scratch;
    }

    byte[] expected() {
        return expected;
    }

    void wake(Peer peer) {
        wakes.add(new Wake(peer.resumeAt(), peer));
    }

    void move(Peer peer) {
        if (!held) {
            peer.move();
        }
    }

    private SelectionKey register(SelectableChannel channel, int interest, Object attachment) {
        try {
            return channel.register(selector, interest, attachment);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run() {
        try {
            while (!closing) {
                selector.select(millisToWait());
                for (Runnable call = calls.poll(); call != null; call = calls.poll()) {
                    call.run();
                }
                List<SelectionKey> ready = new ArrayList<>(selector.selectedKeys());
                selector.selectedKeys().clear();
                for (SelectionKey key : ready) {
                    if (key.isValid()) {
                        ready(key);
                    }
                }
                while (!wakes.isEmpty() && wakes.peek().at - System.nanoTime() <= 0) {
                    move(wakes.remove().peer);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The peers broke", e);
        } finally {
            selector.keys().forEach(key -> closeQuietly(key.channel()));
            closeQuietly(selector);
        }
    }

    private long millisToWait() {
        Wake next = wakes.peek();
        return next == null ? 0 : Math.max(1, TimeUnit.NANOSECONDS.toMillis(next.at - System.nanoTime()));
    }

    private void ready(SelectionKey key) throws IOException {
        if (key.attachment() instanceof ServerSocketChannel listener) {
            for (SocketChannel channel = listener.accept(); channel != null; channel = listener.accept()) {
                channel.configureBlocking(false);
                register(channel, SelectionKey.OP_READ, ByteBuffer.allocate(HELLO));
            }
        } else if (key.attachment() instanceof ByteBuffer hello) {
            greet(key, (SocketChannel) key.channel(), hello);
        } else if (key.attachment() instanceof Peer peer) {
            if (held) {
                key.interestOps(0);
            } else {
                peer.move();
            }
        }
    }

    /** A connection that ends before its hello was none. */
    private void greet(SelectionKey key, SocketChannel channel, ByteBuffer hello) {
        try {
            int n = channel.read(hello);
            if (n < 0) {
                channel.close();
            } else if (!hello.hasRemaining()) {
                Talk talk = talks.get(hello.flip().getInt());
                if (talk == null) {
                    throw new IllegalStateException("A hello of nobody");
                }
                key.interestOps(0);
                key.attach(talk.target());
                talk.target().start(channel, key);
                move(talk.target());
            }
        } catch (IOException e) {
            closeQuietly(channel);
        }
    }

    static void close(SocketChannel channel, boolean reset) {
        try {
            if (reset && channel.isOpen()) {
                Peer.setReset(channel);
            }
        } catch (IOException e) {
            // it is broken already, what counts is that it is closed
        }
        closeQuietly(channel);
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // what breaks while it is closed is closed
        }
    }
}
