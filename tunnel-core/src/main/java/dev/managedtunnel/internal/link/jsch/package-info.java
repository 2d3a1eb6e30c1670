/**
 * Sessions on JSch, the only package that knows it. Called through {@link dev.managedtunnel.internal.link.LinkFactory};
 * may call the seam and the scheduler. Facts about JSch that look odd here are listed in {@code docs/decisions.md}.
 */
package dev.managedtunnel.internal.link.jsch;
