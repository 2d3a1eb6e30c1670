/** What Spring Boot's Actuator tells of tunnels and does to them. */
@NullMarked
package dev.managedtunnel.boot.actuate;

import org.jspecify.annotations.NullMarked;
