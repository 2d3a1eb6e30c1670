package dev.managedtunnel.examples.benchmarks.load;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;

/** What was measured: named numbers, in order. They travel between processes as {@code name=number name=number}. */
public final class Figures {
    private final Map<String, Double> values = new LinkedHashMap<>();

    /** No figures yet. */
    public static Figures none() {
        return new Figures();
    }

    /** Reads what {@link #toString()} wrote. */
    public static Figures parse(String text) {
        Figures figures = new Figures();
        for (String part : text.isBlank() ? new String[0] : text.strip().split(" ", -1)) {
            int equals = part.indexOf('=');
            figures.with(part.substring(0, equals), Double.parseDouble(part.substring(equals + 1)));
        }
        return figures;
    }

    /** Adds a figure, or replaces the one of this name. */
    public Figures with(String name, double value) {
        values.put(name, value);
        return this;
    }

    /** The figure of this name. */
    public double get(String name) {
        Double value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("No figure '" + name + "' in: " + this);
        }
        return value;
    }

    /** The figure of this name, as a whole number. */
    public long whole(String name) {
        return Math.round(get(name));
    }

    /** The figure of this name, or another one when there is none. */
    public double getOrElse(String name, double other) {
        return values.getOrDefault(name, other);
    }

    /** Hands each on, in order. */
    public void forEach(BiConsumer<String, Double> receiver) {
        values.forEach(receiver);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        values.forEach((name, value) -> text.append(text.length() == 0 ? "" : " ")
                .append(name)
                .append('=')
                .append(value == Math.rint(value) ? String.format(Locale.ROOT, "%.0f", value) : value.toString()));
        return text.toString();
    }
}
