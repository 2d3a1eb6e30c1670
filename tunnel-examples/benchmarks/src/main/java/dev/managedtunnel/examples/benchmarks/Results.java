package dev.managedtunnel.examples.benchmarks;

import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.work.Work;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that was measured, in the order in which it began. Not thread-safe. */
final class Results {
    /** What belongs together: the rounds of one client at one work. */
    record Key(String cipher, Work work, Contender contender) {}

    /** The rounds of one client at one work: figures by name, each with a value a round. */
    static final class Rounds {
        private final Map<String, List<Double>> values = new LinkedHashMap<>();
        private @Nullable String failure;

        void add(String figure, double value) {
            values.computeIfAbsent(figure, any -> new ArrayList<>()).add(value);
        }

        void failed(String why) {
            failure = why;
        }

        /** Sorted; none when it was not measured. */
        List<Double> sorted(String figure) {
            return values.getOrDefault(figure, List.of()).stream().sorted().toList();
        }

        double median(String figure) {
            List<Double> sorted = sorted(figure);
            int middle = sorted.size() / 2;
            if (sorted.isEmpty()) {
                return Double.NaN;
            }
            return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        }

        /** Why the last round that failed did; null when all went well. */
        @Nullable
        String failure() {
            return failure;
        }
    }

    static final String CLIENT_CPU = "client-cpu";
    static final String SERVER_CPU = "server-cpu";

    private final Map<Key, Rounds> rounds = new LinkedHashMap<>();

    Rounds of(Key key) {
        return rounds.computeIfAbsent(key, any -> new Rounds());
    }

    Map<Key, Rounds> all() {
        return rounds;
    }
}
