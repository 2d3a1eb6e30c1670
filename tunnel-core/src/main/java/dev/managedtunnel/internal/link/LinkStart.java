package dev.managedtunnel.internal.link;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** A session start under way. Thread-safe. */
public interface LinkStart {
    /** Completes with the link, or with a {@link dev.managedtunnel.TunnelException}; also after {@link #cancel()}. */
    CompletionStage<Link> link();

    /**
     * The deadline is over: gives up, so that {@link #link()} fails with a text that says in which phase it was stuck, and
     * at which jump host. There is one deadline for all hops.
     * Never blocks; without effect when it has completed.
     */
    void timeOut(Duration deadline);

    /** Gives up without a reason to report. Never blocks; without effect when it has completed. */
    void cancel();
}
