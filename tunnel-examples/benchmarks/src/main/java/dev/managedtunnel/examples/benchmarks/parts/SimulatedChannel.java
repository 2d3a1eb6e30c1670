package dev.managedtunnel.examples.benchmarks.parts;

import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.LinkChannel;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A channel without crypto and network. What the forwarder writes is counted and gone; what the benchmark sends goes to
 * the forwarder within a window, as from a gateway.
 */
final class SimulatedChannel implements LinkChannel {
    /** As much as a session begins with. */
    static final int WINDOW = 2 << 20;

    private final ChannelSink sink;
    /** Bytes that were taken and that the benchmark has not waited for yet. */
    private final Semaphore taken = new Semaphore(0);
    /** Bytes that may be sent to the forwarder. */
    private final Semaphore window = new Semaphore(WINDOW);

    private final AtomicBoolean closed = new AtomicBoolean();

    SimulatedChannel(ChannelSink sink) {
        this.sink = sink;
    }

    @Override
    public int tryWrite(byte[] bytes, int offset, int length) {
        taken.release(length);
        return length;
    }

    /** Waits until the forwarder has written so many bytes more. */
    void awaitTaken(int bytes) throws InterruptedException {
        taken.acquire(bytes);
    }

    /** Sends to the forwarder, on the calling thread, as soon as the window allows. */
    void send(ByteBuffer bytes) throws InterruptedException {
        window.acquire(bytes.remaining());
        sink.data(bytes);
    }

    @Override
    public void consumed(int bytes) {
        window.release(bytes);
    }

    @Override
    public void sendEof() {
        // the benchmark ends its channels itself
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            sink.closed();
        }
    }
}
