/** Makes tunnels of configuration properties. Called by Spring Boot. */
@NullMarked
package dev.managedtunnel.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
