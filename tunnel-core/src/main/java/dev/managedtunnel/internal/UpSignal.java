package dev.managedtunnel.internal;

import dev.managedtunnel.TunnelException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What those wait for who want the tunnel to be up. Set in the serial executor, waited for anywhere. */
final class UpSignal {
    private final Executor workers;

    /** Completes with the next time the tunnel is up; replaced when it no longer is. */
    private volatile CompletableFuture<@Nullable Void> next = new CompletableFuture<>();

    UpSignal(Executor workers) {
        this.workers = workers;
    }

    void up() {
        next.complete(null);
    }

    void down() {
        next = new CompletableFuture<>();
    }

    /** It never will be up again. */
    void ended(TunnelException why) {
        if (!next.completeExceptionally(why)) {
            next = CompletableFuture.failedFuture(why);
        }
    }

    /** See {@link dev.managedtunnel.ManagedTunnel#awaitUp(Duration)}. */
    boolean await(Duration timeout) throws InterruptedException {
        try {
            // convert, since it takes "for ever" for what toNanos throws on.
            next.get(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException over) {
            return false;
        } catch (ExecutionException ended) {
            throw ended.getCause() instanceof TunnelException why
                    ? new TunnelException(why)
                    : new IllegalStateException("only failures of the tunnel end the wait", ended);
        }
    }

    /** See {@link dev.managedtunnel.ManagedTunnel#whenUp()}. */
    CompletionStage<@Nullable Void> stage() {
        CompletableFuture<@Nullable Void> now = next;
        // Async, so that the application's stages never run in the serial executor; thenRunAsync would be so only for
        // success.
        return now.isDone() ? now.minimalCompletionStage() : now.whenCompleteAsync((none, why) -> {}, workers);
    }
}
