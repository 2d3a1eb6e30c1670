/** Health, endpoint, information and metrics of the tunnels. Called by Spring Boot. */
@NullMarked
package dev.managedtunnel.boot.autoconfigure.actuate;

import org.jspecify.annotations.NullMarked;
