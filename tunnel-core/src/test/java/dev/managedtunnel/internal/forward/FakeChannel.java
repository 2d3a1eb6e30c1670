package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.LinkChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One channel of a {@link FakeLink}, and the target behind it. Sends no more than the window that was given back. */
final class FakeChannel implements LinkChannel {
    static final int WINDOW = 2 * 1024 * 1024;
    private static final int PACKET = 32 * 1024;
    private static final byte[] EOF = new byte[0];
    private static final byte[] CLOSE = new byte[0];

    final CompletableFuture<LinkChannel> answer = new CompletableFuture<>();
    final Endpoint target;
    volatile Consumer<byte[]> onData = bytes -> {};
    volatile Runnable onEof = () -> {};

    private final FakeLink link;
    private final ChannelSink sink;
    /** The reader's array, reused for each packet as a real one is. */
    private final byte[] packet = new byte[PACKET];
    // Guarded by this.
    private final ArrayDeque<byte[]> toSend = new ArrayDeque<>();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private int headOffset;
    private long credit = WINDOW;
    private long unacknowledged;
    private long upWindow = Long.MAX_VALUE;
    private boolean ignoresWindow;
    private boolean spoke;
    private boolean confirmed;
    private boolean ended;
    private boolean gotEof;
    private boolean toldClosed;
    private boolean refused;
    private @Nullable Thread writer;

    FakeChannel(FakeLink link, Endpoint target, ChannelSink sink) {
        this.link = link;
        this.target = target;
        this.sink = sink;
    }

    // The gateway.

    void confirm() {
        synchronized (this) {
            confirmed = true;
        }
        if (!answer.complete(this)) {
            close();
        }
    }

    void refuse(String text) {
        failOpen(ChannelException.Kind.REFUSED, text);
    }

    void failOpen(ChannelException.Kind kind, String text) {
        synchronized (this) {
            if (confirmed) {
                return;
            }
            ended = true;
        }
        answer.completeExceptionally(new ChannelException(kind, text));
    }

    void lost() {
        end();
        tellClosed();
    }

    // The target.

    void send(byte[] bytes) {
        enqueue(bytes.clone());
    }

    void sendEofToClient() {
        enqueue(EOF);
    }

    /** Closes the channel once all that was sent has been delivered. */
    void closeByTarget() {
        enqueue(CLOSE);
    }

    /** The target's side reads so many more bytes and then no more. */
    void readOnly(long bytes) {
        boolean tell;
        synchronized (this) {
            upWindow = bytes;
            tell = refused && bytes > 0;
            refused = refused && bytes == 0;
        }
        if (tell) {
            link.onReader(sink::writable);
        }
    }

    void readOn() {
        readOnly(Long.MAX_VALUE);
    }

    /** Sends on although no credit came back, as a server without flow control. */
    synchronized void ignoreWindow() {
        ignoresWindow = true;
    }

    synchronized byte[] received() {
        return received.toByteArray();
    }

    synchronized boolean gotEof() {
        return gotEof;
    }

    synchronized boolean hasEnded() {
        return ended;
    }

    /** Delivered bytes that no credit came back for. */
    synchronized long unacknowledged() {
        return unacknowledged;
    }

    /** Whether somebody waits to hear that the channel takes something again. */
    synchronized boolean hasRefused() {
        return refused;
    }

    private void enqueue(byte[] what) {
        synchronized (this) {
            spoke = true;
            toSend.add(what);
        }
        link.onReader(this::deliver);
    }

    private void deliver() {
        while (true) {
            byte[] head;
            int length;
            synchronized (this) {
                head = toSend.peek();
                if (head == null || ended) {
                    return;
                }
                length = (int) Math.min(Math.min(head.length - headOffset, PACKET), ignoresWindow ? PACKET : credit);
                if (length == 0 && head.length > headOffset) {
                    return;
                }
                System.arraycopy(head, headOffset, packet, 0, length);
                headOffset += length;
                credit -= length;
                unacknowledged += length;
                if (headOffset == head.length) {
                    toSend.remove();
                    headOffset = 0;
                }
            }
            if (head == EOF) {
                sink.eof();
            } else if (head == CLOSE) {
                end();
                tellClosed();
            } else if (length > 0) {
                sink.data(ByteBuffer.wrap(packet, 0, length));
                Arrays.fill(packet, 0, length, (byte) 0xEE);
            }
        }
    }

    // The forwarder's side.

    @Override
    public int tryWrite(byte[] bytes, int offset, int length) throws IOException {
        enter();
        try {
            byte[] piece = take(bytes, offset, offset + length);
            onData.accept(piece);
            return piece.length;
        } finally {
            leave();
        }
    }

    private synchronized void enter() {
        if (!confirmed) {
            link.breaches.add("written before confirmation");
        }
        if (gotEof) {
            link.breaches.add("written after its end");
        }
        if (writer != null) {
            link.breaches.add("two writers at once");
        }
        writer = Thread.currentThread();
    }

    private synchronized void leave() {
        writer = null;
    }

    private synchronized byte[] take(byte[] bytes, int from, int to) throws IOException {
        if (ended) {
            throw new IOException("the channel has ended");
        }
        int taken = (int) Math.min(upWindow, to - from);
        upWindow -= taken;
        refused = taken < to - from;
        byte[] piece = Arrays.copyOfRange(bytes, from, from + taken);
        received.writeBytes(piece);
        return piece;
    }

    @Override
    public void sendEof() throws IOException {
        enter();
        synchronized (this) {
            if (ended) {
                leave();
                throw new IOException("the channel has ended");
            }
            gotEof = true;
        }
        onEof.run();
        leave();
    }

    @Override
    public void consumed(int bytes) {
        synchronized (this) {
            credit += bytes;
            unacknowledged -= bytes;
            if (bytes <= 0 || unacknowledged < 0) {
                link.breaches.add("credit for " + bytes + " bytes, " + -unacknowledged + " more than came");
            }
        }
        link.onReader(this::deliver);
    }

    @Override
    public void close() {
        end();
        tellClosed();
    }

    private synchronized void end() {
        ended = true;
    }

    private void tellClosed() {
        link.onReader(() -> {
            synchronized (this) {
                if (toldClosed || !(confirmed || spoke)) {
                    return;
                }
                toldClosed = true;
            }
            sink.closed();
        });
    }
}
