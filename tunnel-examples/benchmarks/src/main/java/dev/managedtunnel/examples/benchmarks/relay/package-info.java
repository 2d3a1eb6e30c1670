/** A long way on one machine: a relay that delivers everything later. */
@NullMarked
package dev.managedtunnel.examples.benchmarks.relay;

import org.jspecify.annotations.NullMarked;
