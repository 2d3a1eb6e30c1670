/** What is done through a tunnel, and how long it takes. Runs in a process of its own, or in the client's. */
@NullMarked
package dev.managedtunnel.examples.benchmarks.load;

import org.jspecify.annotations.NullMarked;
