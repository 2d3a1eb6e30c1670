package dev.managedtunnel.examples.benchmarks;

import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.lab.OpenSsh;
import dev.managedtunnel.examples.benchmarks.work.Measure;
import dev.managedtunnel.examples.benchmarks.work.Work;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The results as text: a row for each figure of each work and client, those of a figure together. */
final class MarkdownTable {
    private static final Contender REFERENCE = OpenSsh.local();

    private static final List<String> HEAD = List.of(
            "work",
            "unit",
            "client",
            "JDK",
            "median",
            "lowest",
            "highest",
            "ratio to ssh -L",
            "client CPU s/GiB",
            "server CPU s/GiB");

    private final Results results;
    private final boolean severalCiphers;

    private MarkdownTable(Results results) {
        this.results = results;
        severalCiphers =
                results.keys().stream().map(Results.Key::cipher).distinct().count() > 1;
    }

    /** Its lines. */
    static List<String> of(Results results) {
        return new MarkdownTable(results).lines();
    }

    private record Group(String cipher, Work work) {}

    private List<String> lines() {
        Map<Group, List<Results.Key>> groups = new LinkedHashMap<>();
        for (Results.Key key : results.keys()) {
            groups.computeIfAbsent(new Group(key.cipher(), key.work()), any -> new ArrayList<>())
                    .add(key);
        }
        List<String> lines = new ArrayList<>(List.of(line(HEAD), "|---".repeat(HEAD.size()) + "|"));
        groups.forEach((group, keys) ->
                group.work().measures().forEach(measure -> keys.forEach(key -> lines.addAll(row(key, measure)))));
        return lines;
    }

    /** None for a figure that a client does not have, unless it has failed to get it. */
    private List<String> row(Results.Key key, Measure measure) {
        Rounds rounds = results.of(key);
        List<Double> sorted = rounds.sorted(measure.figure());
        String failure = rounds.failure();
        if (sorted.isEmpty() && failure == null) {
            return List.of();
        }
        double median = rounds.median(measure.figure());
        double reference = results.median(key, REFERENCE, measure.figure()).orElse(Double.NaN);
        return List.of(line(List.of(
                measure.title() + (severalCiphers ? ", " + key.cipher() : ""),
                measure.unit(),
                key.contender().title(),
                key.contender().java(),
                number(median) + remark(sorted.isEmpty(), failure),
                sorted.isEmpty() ? "" : number(sorted.get(0)),
                sorted.isEmpty() ? "" : number(sorted.get(sorted.size() - 1)),
                twoDecimals(median / reference),
                twoDecimals(rounds.median(Measure.CLIENT_CPU)),
                twoDecimals(rounds.median(Measure.SERVER_CPU)))));
    }

    private static String remark(boolean all, @Nullable String failure) {
        if (failure == null) {
            return "";
        }
        String text = failure.replace('|', '/');
        return all ? text : " (but once: " + text + ")";
    }

    private static String line(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    /** With three digits that count. */
    static String number(double value) {
        if (!Double.isFinite(value)) {
            return "";
        }
        int decimals = value == 0 ? 0 : Math.max(0, 2 - (int) Math.floor(Math.log10(Math.abs(value))));
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    private static String twoDecimals(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.2f", value) : "";
    }
}
