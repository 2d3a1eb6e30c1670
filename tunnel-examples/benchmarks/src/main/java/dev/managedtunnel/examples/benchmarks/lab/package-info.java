/** Where the measuring happens: the processes, the SSH server, the targets, the processor time they take. */
@NullMarked
package dev.managedtunnel.examples.benchmarks.lab;

import org.jspecify.annotations.NullMarked;
