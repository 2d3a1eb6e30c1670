package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.Gateway;
import dev.managedtunnel.internal.link.Link;
import java.time.Duration;

/**
 * A session that has come up.
 *
 * @param number the number of its start in its tunnel, from 1
 * @param took from the beginning of its start
 * @param upNanos when it came up, by the monotonic clock
 */
public record Session(Link link, Gateway gateway, long number, Duration took, long upNanos) {}
