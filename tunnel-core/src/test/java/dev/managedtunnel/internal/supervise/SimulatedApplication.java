package dev.managedtunnel.internal.supervise;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What uses a simulated tunnel's sessions. */
interface SimulatedApplication {
    /** When a session that was replaced has no connection left. */
    CompletionStage<?> lastConnection();

    /** What is not well behind a session on trial; null when all is. */
    CompletionStage<@Nullable String> probe();
}
