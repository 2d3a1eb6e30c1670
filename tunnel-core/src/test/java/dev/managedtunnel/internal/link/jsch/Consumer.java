package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.LinkChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;

/** A sink that keeps, counts or refuses what it gets, and notes the order of calls. */
final class Consumer implements ChannelSink {
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final AtomicLong count = new AtomicLong();
    private final boolean keep;
    private final boolean consume;
    private volatile LinkChannel channel;
    private long early;
    private boolean writable;

    private Consumer(boolean keep, boolean consume) {
        this.keep = keep;
        this.consume = consume;
    }

    static Consumer keeping() {
        return new Consumer(true, true);
    }

    static Consumer counting() {
        return new Consumer(false, true);
    }

    /** Gives no credit. */
    static Consumer stuck() {
        return new Consumer(false, false);
    }

    /** The channel to give credit to; what came before is credited now. */
    synchronized Consumer attach(LinkChannel opened) {
        channel = opened;
        if (consume && early > 0) {
            opened.consumed((int) early);
        }
        return this;
    }

    @Override
    public synchronized void data(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        if (events.isEmpty() || !events.get(events.size() - 1).equals("data")) {
            events.add("data");
        }
        if (keep) {
            kept.writeBytes(bytes);
        }
        count.addAndGet(bytes.length);
        if (consume) {
            if (channel == null) {
                early += bytes.length;
            } else {
                channel.consumed(bytes.length);
            }
        }
    }

    @Override
    public void eof() {
        events.add("eof");
    }

    @Override
    public void closed() {
        events.add("closed");
        writable();
    }

    @Override
    public synchronized void writable() {
        writable = true;
        notifyAll();
    }

    /** Writes all of it, waiting as long as that takes. */
    void write(LinkChannel to, byte[] bytes) throws IOException {
        int sent = 0;
        while (sent < bytes.length) {
            synchronized (this) {
                writable = false;
            }
            sent += to.tryWrite(bytes, sent, bytes.length - sent);
            if (sent < bytes.length) {
                awaitWritable();
            }
        }
    }

    private synchronized void awaitWritable() {
        try {
            while (!writable) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    List<String> events() {
        return List.copyOf(events);
    }

    long count() {
        return count.get();
    }

    synchronized byte[] bytes() {
        return kept.toByteArray();
    }

    String text() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    Consumer awaitText(String expected) {
        await(() -> text().equals(expected), "text " + expected);
        return this;
    }

    Consumer awaitEvent(String event) {
        await(() -> events.contains(event), event);
        return this;
    }

    /** Until the target has ended its direction: OpenSSH closes a channel only when both directions have ended. */
    Consumer awaitEnd() {
        await(() -> events.contains("eof") || events.contains("closed"), "end");
        return this;
    }

    Consumer awaitCount(long expected) {
        await(() -> count.get() >= expected, expected + " bytes");
        return this;
    }

    private void await(java.util.concurrent.Callable<Boolean> condition, String what) {
        Awaitility.await(what)
                .atMost(Rig.SOON)
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }
}
