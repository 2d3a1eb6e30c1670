package dev.managedtunnel.examples.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rounds of one client at one work: figures by name, each with a value a round. Not thread-safe. */
final class Rounds {
    private final Map<String, List<Double>> values = new LinkedHashMap<>();
    private @Nullable String failure;

    void add(String figure, double value) {
        values.computeIfAbsent(figure, any -> new ArrayList<>()).add(value);
    }

    /** A round failed, for this reason. */
    void failed(String why) {
        failure = why;
    }

    /** Why the last round that failed did; null when all went well. */
    @Nullable
    String failure() {
        return failure;
    }

    /** All figures, in the order of the rounds. */
    Map<String, List<Double>> values() {
        return values;
    }

    /** From the lowest to the highest; none when there is no such figure. */
    List<Double> sorted(String figure) {
        return values.getOrDefault(figure, List.of()).stream().sorted().toList();
    }

    /** NaN when there is no such figure. */
    double median(String figure) {
        List<Double> sorted = sorted(figure);
        if (sorted.isEmpty()) {
            return Double.NaN;
        }
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
