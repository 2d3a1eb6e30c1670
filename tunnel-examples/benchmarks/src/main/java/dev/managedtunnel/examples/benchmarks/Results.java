package dev.managedtunnel.examples.benchmarks;

import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.work.Work;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** All that was measured, in the order in which it began. Not thread-safe. */
final class Results {
    /** What belongs together: the rounds of one client at one work. */
    record Key(String cipher, Work work, Contender contender) {}

    private final Map<Key, Rounds> rounds = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();

    void begin(Key key) {
        rounds.put(key, new Rounds());
    }

    Rounds of(Key key) {
        return Objects.requireNonNull(rounds.get(key));
    }

    List<Key> keys() {
        return List.copyOf(rounds.keySet());
    }

    /** The median of another client at the same work, if it was measured. */
    Optional<Double> median(Key key, Contender other, String figure) {
        return Optional.ofNullable(rounds.get(new Key(key.cipher, key.work, other)))
                .map(found -> found.median(figure))
                .filter(median -> !median.isNaN());
    }

    /** Something that the table can't say. */
    void note(String text) {
        notes.add(text);
    }

    List<String> notes() {
        return notes;
    }

    /** Every single value, a line each, with tabs between its parts. */
    List<String> lines() {
        List<String> lines = new ArrayList<>(List.of("cipher\twork\tclient\tjdk\tfigure\tround\tvalue"));
        rounds.forEach((key, all) -> all.values().forEach((figure, values) -> {
            for (int i = 0; i < values.size(); i++) {
                Contender contender = key.contender;
                lines.add(String.join(
                        "\t",
                        key.cipher,
                        key.work.name(),
                        contender.name(),
                        contender.java(),
                        figure,
                        Integer.toString(i + 1),
                        values.get(i).toString()));
            }
        }));
        return lines;
    }
}
