package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkStart;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * One session start: JSch's blocking {@code connect} on a worker, for each jump host and then for the gateway, and a future
 * that whoever comes first completes, the worker, the deadline or a cancel. What loses is undone: a session that came up
 * too late is cut. Thread-safe.
 */
final class JschStart implements LinkStart {
    /** In the order in which they are connected; the last is the gateway's. */
    private final List<Hop> hops = new ArrayList<>();

    private final CompletableFuture<Link> result = new CompletableFuture<>();

    /** The one that is being connected, or was last. */
    private volatile Hop current;

    JschStart(JschSettings settings, Gateway gateway, long number) {
        Deque<Gateway> way = new ArrayDeque<>();
        for (Gateway next = gateway; next != null; next = next.via().orElse(null)) {
            way.addFirst(next);
        }
        Hop outer = null;
        for (Gateway next : way) {
            outer = new Hop(settings, next, outer, next == gateway, number);
            hops.add(outer);
        }
        current = hops.get(0);
    }

    private Hop last() {
        return hops.get(hops.size() - 1);
    }

    /** Blocks until the session is up or has failed; ends soon when the wire is cut. */
    void run() {
        if (result.isDone()) {
            return;
        }
        TunnelException failure;
        try {
            for (Hop hop : hops) {
                current = hop;
                hop.connect();
            }
            if (result.complete(last().link())) {
                return;
            }
            failure = current.failures().cancelled();
        } catch (Throwable e) {
            // Errors too: whoever waits for the result must hear of it.
            failure = current.failed(e);
        }
        last().cut();
        hops.forEach(Hop::awaitEnd);
        result.completeExceptionally(failure);
    }

    @Override
    public CompletionStage<Link> link() {
        return result;
    }

    @Override
    public void timeOut(Duration deadline) {
        giveUp(current.timedOut(deadline));
    }

    @Override
    public void cancel() {
        giveUp(last().failures().cancelled());
    }

    private void giveUp(TunnelException why) {
        if (result.completeExceptionally(why)) {
            last().cut();
            hops.forEach(Hop::stopAsking);
        }
    }
}
