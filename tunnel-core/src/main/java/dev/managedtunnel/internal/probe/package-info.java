/**
 * Runs probes on the sessions that are up, and says which fail. Called by {@code internal.RealTunnel}, which lends it the
 * tunnel's data plane ({@link ProbeSockets}); calls {@code internal.link} and {@code internal.time}, and the application's
 * checks.
 */
package dev.managedtunnel.internal.probe;
