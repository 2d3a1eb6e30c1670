package dev.managedtunnel.internal.forward;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.Causes;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.internal.time.Durations;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A session start that has the gateway listen as its last step. A session without its listeners is cut. Thread-safe. */
final class ListeningStart implements LinkStart {
    private final LinkStart session;
    private final CompletableFuture<Link> result = new CompletableFuture<>();
    /** Whether it is decided how it ends. */
    private final AtomicBoolean settled = new AtomicBoolean();

    private volatile @Nullable Link up;
    private volatile @Nullable TunnelException gaveUp;

    ListeningStart(LinkStart session, Function<Link, CompletionStage<?>> listen) {
        this.session = session;
        session.link().whenComplete((link, failure) -> {
            if (link == null) {
                result.completeExceptionally(failure);
                return;
            }
            up = link;
            TunnelException why = gaveUp;
            if (why != null) {
                drop(link, why);
                return;
            }
            listen.apply(link).whenComplete((none, refused) -> {
                if (refused != null) {
                    giveUp(reason(refused));
                } else if (settled.compareAndSet(false, true)) {
                    result.complete(link);
                }
            });
        });
    }

    private static TunnelException reason(Throwable failure) {
        Throwable cause = Causes.of(failure);
        return cause instanceof TunnelException known
                ? known
                : new TunnelException(FailureReason.REMOTE_LISTEN_REFUSED, String.valueOf(cause), cause);
    }

    private void giveUp(TunnelException why) {
        if (settled.compareAndSet(false, true)) {
            gaveUp = why;
            Link link = up;
            if (link != null) {
                drop(link, why);
            }
        }
    }

    /** Failed it has when nothing is left of it. */
    private void drop(Link link, TunnelException why) {
        link.cut(why);
        link.lost().thenRun(() -> result.completeExceptionally(why));
    }

    @Override
    public CompletionStage<Link> link() {
        return result;
    }

    @Override
    public void timeOut(Duration deadline) {
        session.timeOut(deadline);
        giveUp(new TunnelException(
                FailureReason.REMOTE_LISTEN_REFUSED,
                "the session was up, but the gateway did not answer the request to listen within "
                        + Durations.text(deadline) + " from its start",
                null));
    }

    @Override
    public void cancel() {
        session.cancel();
        giveUp(new TunnelException(FailureReason.CLOSED, "the session start was cancelled", null));
    }
}
