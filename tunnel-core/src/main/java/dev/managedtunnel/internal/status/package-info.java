/**
 * What the outside gets to know: status, events, log. Called by {@code internal.RealTunnel}; calls only public types and
 * the listeners of the application.
 */
package dev.managedtunnel.internal.status;
