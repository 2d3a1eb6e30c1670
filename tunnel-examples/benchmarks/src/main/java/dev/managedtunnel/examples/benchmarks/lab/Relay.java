package dev.managedtunnel.examples.benchmarks.lab;

/**
 * A running delay relay.
 *
 * @param port where it listens
 */
record Relay(int port, ProcessTree processes) {}
