package dev.managedtunnel.examples.app.live;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The pages that are open, which are not many. Thread-safe. */
@Component
class Pages implements AutoCloseable {
    static final int MOST = 16;
    /** Then the browser connects again by itself. */
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private final Set<Page> pages = new LinkedHashSet<>();
    /** As many threads as there are pages that have something to be sent. */
    private final ExecutorService senders = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "page-sender");
        thread.setDaemon(true);
        return thread;
    });

    private boolean closed;

    /** A page that is sent the state at once, and with each refresh. Empty when there are too many. */
    Optional<SseEmitter> open(Supplier<PageState> state) {
        SseEmitter emitter = new SseEmitter(LONGEST.toMillis());
        Page page = new Page(emitter, senders, state, this::remove);
        synchronized (this) {
            if (closed || pages.size() >= MOST) {
                return Optional.empty();
            }
            pages.add(page);
        }
        emitter.onTimeout(emitter::complete);
        emitter.onCompletion(() -> remove(page));
        page.refresh();
        return Optional.of(emitter);
    }

    void refresh() {
        open().forEach(Page::refresh);
    }

    synchronized int count() {
        return pages.size();
    }

    /** Before the web server is stopped, which would wait for them. */
    @EventListener(ContextClosedEvent.class)
    void endAll() {
        List<Page> last = open();
        synchronized (this) {
            closed = true;
        }
        last.forEach(Page::end);
    }

    private synchronized List<Page> open() {
        return closed ? List.of() : List.copyOf(pages);
    }

    private synchronized void remove(Page page) {
        pages.remove(page);
    }

    @Override
    public void close() {
        senders.shutdownNow();
    }
}
