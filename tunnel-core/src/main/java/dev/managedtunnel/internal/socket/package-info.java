/**
 * {@code java.net.Socket} and its factory, over the in-process connections of {@code internal.forward}. Called by
 * {@code internal.RealTunnel} and {@code jdbc}; calls {@code internal.forward}.
 */
package dev.managedtunnel.internal.socket;
