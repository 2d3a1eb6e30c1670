package dev.managedtunnel.internal.link;

import dev.managedtunnel.Gateway;

/** Starts links. Thread-safe. */
@FunctionalInterface
public interface LinkFactory {
    /**
     * Begins one session start and returns at once.
     *
     * @param gateway which of the tunnel's gateways it goes to
     * @param number the number of the start in its tunnel, from 1, for error texts
     */
    LinkStart start(Gateway gateway, long number);
}
