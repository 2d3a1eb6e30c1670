package dev.managedtunnel.internal.link;

/** Starts links. Thread-safe. */
@FunctionalInterface
public interface LinkFactory {
    /**
     * Begins one session start and returns at once.
     *
     * @param number the number of the start in its tunnel, from 1, for error texts
     */
    LinkStart start(long number);
}
