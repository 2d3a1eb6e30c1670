/**
 * OpenSSH's client configuration, resolved for one destination as {@code ssh -G} does, and as a {@code TunnelSpec}. Called
 * by {@link dev.managedtunnel.TunnelSpec}; calls the API only.
 */
package dev.managedtunnel.internal.sshconfig;
