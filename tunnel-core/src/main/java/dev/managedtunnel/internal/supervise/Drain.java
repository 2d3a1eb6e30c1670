package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.util.concurrent.CompletionStage;

/**
 * The last time of a session that was replaced: it goes on for the connections that it has, and is ended when it has none
 * left or its time is up. Inside the serial executor only.
 */
final class Drain {
    private final Session old;
    private final Timer deadline;

    /**
     * @param empty completes when it has no connection left, on any thread
     * @param over is told inside the serial executor when it has ended, by itself too
     */
    Drain(Session old, CompletionStage<?> empty, Context context, Runnable over) {
        this.old = old;
        deadline = context.after(context.plan().restart().drain(), this::end);
        empty.thenAccept(none -> context.serial().execute(this::end));
        old.link()
                .lost()
                .thenAccept(why -> context.serial().execute(() -> {
                    deadline.cancel();
                    over.run();
                }));
    }

    private void end() {
        Starts.end(old.link(), "the session was replaced");
    }

    /** Ends it now; completes when it has ended. */
    CompletionStage<?> cut() {
        deadline.cancel();
        return Starts.end(old.link(), Starts.TUNNEL_CLOSED);
    }
}
