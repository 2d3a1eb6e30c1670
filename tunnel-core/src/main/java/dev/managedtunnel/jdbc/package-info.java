/**
 * Tunnels in JDBC URLs. Instantiated by drivers; looks up the open tunnels that {@code internal} keeps a list of.
 */
package dev.managedtunnel.jdbc;
