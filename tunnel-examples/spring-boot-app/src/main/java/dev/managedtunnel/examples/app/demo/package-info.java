/** Servers of the application's own, and ways to break them: only with the profile {@code demo}. */
@NullMarked
package dev.managedtunnel.examples.app.demo;

import org.jspecify.annotations.NullMarked;
