package dev.managedtunnel.internal.status;

import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelListener;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings events to the application's listeners: one at a time, in order, on a thread that may block and that nothing
 * else of the tunnel waits for. Thread-safe.
 */
public final class EventDispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(EventDispatcher.class);

    /** Of the rest there are few, and a listener may depend on each of them. */
    private static final int MOST_WAITING = 1000;

    private final String tunnel;
    private final Executor workers;
    private final List<TunnelListener> listeners;
    private final Queue<Delivery> deliveries = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean complained = new AtomicBoolean();

    public EventDispatcher(String tunnel, Executor workers, List<TunnelListener> listeners) {
        this.tunnel = tunnel;
        this.workers = workers;
        this.listeners = new CopyOnWriteArrayList<>(listeners);
    }

    public void add(TunnelListener listener) {
        listeners.add(listener);
    }

    /** Queues the event and returns at once. */
    public void publish(TunnelEvent event) {
        if (listeners.isEmpty()) {
            return;
        }
        if (event instanceof TunnelEvent.ConnectionFailed && waiting.get() >= MOST_WAITING) {
            // Somebody's listener does not keep up with a storm; the counters tell what it misses.
            if (complained.compareAndSet(false, true)) {
                LOG.warn("{}: a listener is too slow: events of failed connections are dropped meanwhile", tunnel);
            }
            return;
        }
        // Copied here, so that a listener added later does not get what happened before.
        deliveries.add(new Delivery(event, List.copyOf(listeners)));
        if (waiting.getAndIncrement() == 0) {
            workers.execute(this::deliver);
        }
    }

    private void deliver() {
        do {
            Delivery next = deliveries.remove();
            for (TunnelListener listener : next.listeners) {
                try {
                    listener.onEvent(next.event);
                } catch (RuntimeException | Error thrown) {
                    LOG.warn(
                            "{}: a listener threw on {}",
                            tunnel,
                            next.event.getClass().getSimpleName(),
                            thrown);
                }
            }
        } while (waiting.decrementAndGet() != 0);
    }

    private record Delivery(TunnelEvent event, List<TunnelListener> listeners) {}
}
