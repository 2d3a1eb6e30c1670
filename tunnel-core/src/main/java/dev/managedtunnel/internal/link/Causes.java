package dev.managedtunnel.internal.link;

import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What a stage failed with. */
public final class Causes {
    private Causes() {}

    /** The same without what stages that depend on another one have put around it. */
    public static @Nullable Throwable of(@Nullable Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
