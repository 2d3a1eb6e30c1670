/** Parts of this library alone, within one process, measured by JMH. */
@NullMarked
package dev.managedtunnel.examples.benchmarks.parts;

import org.jspecify.annotations.NullMarked;
