/**
 * What the outside gets to know: status, events, log, durations. Called by {@code internal.RealTunnel} and
 * {@code micrometer}; reads the clock of {@code time} and what a {@code Link} tells of itself, and calls the
 * application's listeners.
 */
package dev.managedtunnel.internal.status;
