/** Leads what an application connects to through its tunnels. Called by Spring Boot. */
@NullMarked
package dev.managedtunnel.boot.autoconfigure.connection;

import org.jspecify.annotations.NullMarked;
