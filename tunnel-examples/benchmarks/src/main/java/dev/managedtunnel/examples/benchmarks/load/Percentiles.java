package dev.managedtunnel.examples.benchmarks.load;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** Durations, and how long most of them took. Not thread-safe. */
final class Percentiles {
    private final long[] nanos;
    private int count;

    Percentiles(int capacity) {
        nanos = new long[capacity];
    }

    void add(long duration) {
        nanos[count++] = duration;
    }

    /** {@code p50}, {@code p99} and {@code max} in microseconds: what so many percent of the durations do not exceed. */
    Figures figures() {
        Arrays.sort(nanos, 0, count);
        return Figures.none().with("p50", at(50)).with("p99", at(99)).with("max", at(100));
    }

    private double at(int percent) {
        int index = (int) Math.ceil(count * percent / 100.0) - 1;
        return (double) nanos[Math.max(0, index)] / TimeUnit.MICROSECONDS.toNanos(1);
    }
}
