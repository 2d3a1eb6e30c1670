/** The servers at the far end of a tunnel, in a process of their own. */
@NullMarked
package dev.managedtunnel.examples.benchmarks.target;

import org.jspecify.annotations.NullMarked;
