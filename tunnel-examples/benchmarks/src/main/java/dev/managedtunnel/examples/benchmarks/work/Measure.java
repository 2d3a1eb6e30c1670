package dev.managedtunnel.examples.benchmarks.work;

/**
 * One figure of a work.
 *
 * @param figure its name among the figures of a run
 * @param title as it is shown
 * @param unit its unit, and whether more or less is better
 */
public record Measure(String figure, String title, String unit) {}
