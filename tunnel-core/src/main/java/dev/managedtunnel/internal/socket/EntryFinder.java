package dev.managedtunnel.internal.socket;

import dev.managedtunnel.internal.forward.InProcessEntry;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Decides where a socket leads, each time that one connects. Thread-safe. */
@FunctionalInterface
public interface EntryFinder {
    /**
     * Finds the forward.
     *
     * @param asked what the application asked for, resolved or not; null when that is no internet address
     * @throws IOException when there is none, with what there is
     */
    InProcessEntry find(@Nullable InetSocketAddress asked) throws IOException;
}
