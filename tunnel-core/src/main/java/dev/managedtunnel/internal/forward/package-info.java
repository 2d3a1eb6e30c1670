/**
 * Local listeners, parking and the relay, on one selector loop per tunnel. Called by {@code internal.RealTunnel}; calls
 * {@code internal.link}, {@code internal.time} and {@code internal.status}.
 */
package dev.managedtunnel.internal.forward;
