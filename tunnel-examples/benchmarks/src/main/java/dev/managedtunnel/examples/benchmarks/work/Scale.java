package dev.managedtunnel.examples.benchmarks.work;

/**
 * How much is done in a round.
 *
 * @param bytes of a transfer
 * @param seconds after which a transfer is cut off and rated by what has arrived
 * @param count of messages, and of short connections; of whatever takes longer there is a part of it
 * @param partMillis of a part's run
 */
public record Scale(long bytes, long seconds, int count, long partMillis) {}
