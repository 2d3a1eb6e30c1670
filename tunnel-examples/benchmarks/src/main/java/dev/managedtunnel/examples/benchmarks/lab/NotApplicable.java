package dev.managedtunnel.examples.benchmarks.lab;

/** A work can't be done with a client, by the nature of both. It then has no row in the table. */
public final class NotApplicable extends Exception {
    private static final long serialVersionUID = 1;
}
