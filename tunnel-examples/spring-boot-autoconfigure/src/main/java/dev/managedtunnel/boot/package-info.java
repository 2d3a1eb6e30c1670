/** Tunnels in a Spring Boot application: what the application itself may call or implement. */
@NullMarked
package dev.managedtunnel.boot;

import org.jspecify.annotations.NullMarked;
