package dev.managedtunnel.examples.benchmarks;

import dev.managedtunnel.examples.benchmarks.Results.Rounds;
import dev.managedtunnel.examples.benchmarks.lab.OpenSsh;
import dev.managedtunnel.examples.benchmarks.work.Measure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The results as text. */
final class MarkdownTable {
    private static final String HEAD =
            "| work | unit | client | JDK | median | lowest | highest | ratio to ssh | client CPU s/GiB | server CPU s/GiB |";
    private static final String RULE = "|---|---|---|---|---|---|---|---|---|---|";

    private MarkdownTable() {}

    /** A row for each figure of each work and client, those of a figure together. */
    static String of(Results results) {
        List<String> lines = new ArrayList<>(List.of(HEAD, RULE));
        boolean ciphers = results.all().keySet().stream()
                        .map(Results.Key::cipher)
                        .distinct()
                        .count()
                > 1;
        List<Results.Key> keys = List.copyOf(results.all().keySet());
        keys.stream().map(key -> new Group(key.cipher(), key)).distinct().forEach(group -> {
            for (Measure measure : group.first().work().measures()) {
                for (Results.Key key : keys) {
                    if (group.equals(new Group(key.cipher(), key))) {
                        String title = measure.title() + (ciphers ? ", " + key.cipher() : "");
                        lines.add(row(results, key, measure, title));
                    }
                }
            }
        });
        return String.join(System.lineSeparator(), lines);
    }

    /** Rows that are shown together; equal for all clients. */
    private record Group(String cipher, Results.Key first) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Group that
                    && cipher.equals(that.cipher)
                    && first.work().equals(that.first.work());
        }

        @Override
        public int hashCode() {
            return first.work().hashCode();
        }
    }

    private static String row(Results results, Results.Key key, Measure measure, String title) {
        Rounds rounds = results.of(key);
        List<Double> sorted = rounds.sorted(measure.figure());
        String head = "| " + title + " | " + measure.unit() + " | "
                + key.contender().title() + " | " + key.contender().java() + " | ";
        if (sorted.isEmpty()) {
            return head + "failed: " + rounds.failure() + " | | | | | |";
        }
        double median = rounds.median(measure.figure());
        double ssh = results.all().containsKey(new Results.Key(key.cipher(), key.work(), new OpenSsh()))
                ? results.of(new Results.Key(key.cipher(), key.work(), new OpenSsh()))
                        .median(measure.figure())
                : Double.NaN;
        return head
                + String.join(
                        " | ",
                        number(median)
                                + (rounds.failure() == null ? "" : " (a round failed: " + rounds.failure() + ")"),
                        number(sorted.get(0)),
                        number(sorted.get(sorted.size() - 1)),
                        ratio(median / ssh),
                        cpu(rounds.median(Results.CLIENT_CPU)),
                        cpu(rounds.median(Results.SERVER_CPU)))
                + " |";
    }

    /** Three digits that count. */
    static String number(double value) {
        int decimals = value == 0 ? 0 : Math.max(0, 2 - (int) Math.floor(Math.log10(Math.abs(value))));
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    private static String ratio(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.2f", value) : "";
    }

    private static String cpu(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.2f", value) : "";
    }
}
