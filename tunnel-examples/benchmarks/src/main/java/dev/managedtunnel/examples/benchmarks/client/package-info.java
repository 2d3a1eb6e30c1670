/** The SSH libraries compared, each behind the same small interface, and the program that runs one of them. */
@NullMarked
package dev.managedtunnel.examples.benchmarks.client;

import org.jspecify.annotations.NullMarked;
