/**
 * The seam between deciding and doing: what a session is to the rest. Called by {@code supervise} and {@code forward};
 * implemented by {@code link.jsch}.
 */
package dev.managedtunnel.internal.link;
