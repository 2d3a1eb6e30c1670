/** What is measured: one class or one line of Works for each. */
@NullMarked
package dev.managedtunnel.examples.benchmarks.work;

import org.jspecify.annotations.NullMarked;
