package dev.managedtunnel.examples.app.live;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * One open page. However often it is refreshed, one thread at most sends to it, always the newest state: a page that reads
 * slowly gets fewer messages, and holds up nobody else. Thread-safe.
 */
final class Page {
    private final SseEmitter emitter;
    private final Executor senders;
    private final Supplier<PageState> state;
    private final Consumer<Page> gone;
    private boolean stale;
    private boolean sending;

    /** @param gone is told when nothing can be sent to it any more */
    Page(SseEmitter emitter, Executor senders, Supplier<PageState> state, Consumer<Page> gone) {
        this.emitter = emitter;
        this.senders = senders;
        this.state = state;
        this.gone = gone;
    }

    /** Has the state sent, and returns at once. */
    void refresh() {
        synchronized (this) {
            stale = true;
            if (sending) {
                return;
            }
            sending = true;
        }
        senders.execute(this::send);
    }

    /** Ends it, and returns at once. */
    void end() {
        senders.execute(() -> {
            try {
                emitter.complete();
            } catch (IllegalStateException ended) {
                // the web server was faster
            }
        });
    }

    private void send() {
        while (takeStale()) {
            try {
                emitter.send(state.get());
            } catch (IOException | IllegalStateException left) {
                // The container has noticed too, and ends the request. Nothing more is sent.
                gone.accept(this);
                return;
            }
        }
    }

    private synchronized boolean takeStale() {
        sending = stale;
        stale = false;
        return sending;
    }
}
