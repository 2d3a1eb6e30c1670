/** The public API: applications call it, and it hands everything to the internal packages. */
package dev.managedtunnel;
