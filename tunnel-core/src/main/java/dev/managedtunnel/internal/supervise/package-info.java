/**
 * Decides when sessions are started and given up. Called by {@code internal.RealTunnel}; calls only {@code internal.link}
 * and {@code internal.time}. Does no I/O and holds no lock.
 */
package dev.managedtunnel.internal.supervise;
