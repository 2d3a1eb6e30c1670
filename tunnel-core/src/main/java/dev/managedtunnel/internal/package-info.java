/** Puts a tunnel together from its parts. Called by {@link dev.managedtunnel.TunnelSpec}; may call every package. */
package dev.managedtunnel.internal;
