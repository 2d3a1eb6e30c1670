package dev.managedtunnel.boot.autoconfigure;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.MutuallyExclusiveConfigurationPropertiesException;

/**
 * A group of properties of one tunnel, with the defaults behind it. What the library refuses is refused with the name of
 * the property it came from. Immutable.
 *
 * @param <P> the group, in which null is what was not said
 */
final class Settings<P> {
    private final List<Level<P>> levels;

    private Settings(List<Level<P>> levels) {
        this.levels = levels;
    }

    /**
     * All properties of a tunnel.
     *
     * @param own null when the tunnel has none of its own
     */
    static Settings<TunnelProperties> of(String tunnel, @Nullable TunnelProperties own, TunnelProperties defaults) {
        Level<TunnelProperties> behind = new Level<>(ManagedTunnelProperties.DEFAULTS, defaults);
        return new Settings<>(
                own == null
                        ? List.of(behind)
                        : List.of(new Level<>(ManagedTunnelProperties.prefixOf(tunnel), own), behind));
    }

    /** Properties with nothing behind them. */
    static <P> Settings<P> of(String prefix, P properties) {
        return new Settings<>(List.of(new Level<>(prefix, properties)));
    }

    /** A group within this one. */
    <G> Settings<G> group(String name, Function<P, G> getter) {
        return new Settings<>(levels.stream()
                .map(level -> new Level<>(level.name(name), getter.apply(level.properties)))
                .toList());
    }

    /** The first of tunnel and defaults of which this is true, without the other: for properties that belong together. */
    Optional<Settings<P>> first(Predicate<P> saysSomething) {
        return levels.stream()
                .filter(level -> saysSomething.test(level.properties))
                .findFirst()
                .map(level -> new Settings<>(List.of(level)));
    }

    /** Hands on what was said of a property, if anything. */
    <T> void apply(String property, Function<P, @Nullable T> getter, Consumer<T> setter) {
        find(property, getter).ifPresent(value -> value.accept(setter));
    }

    /** What was said of a property. */
    <T> Optional<Value<T>> find(String property, Function<P, @Nullable T> getter) {
        return levels.stream()
                .flatMap(level -> Stream.ofNullable(getter.apply(level.properties))
                        .map(value -> new Value<T>(level.name(property), value)))
                .findFirst();
    }

    /** What was said of a property, or what holds when nothing was. */
    <T> T get(Function<P, @Nullable T> getter, T otherwise) {
        return find("", getter).map(Value::get).orElse(otherwise);
    }

    /**
     * Refuses properties that exclude each other.
     *
     * @param entries is given a map to put names and values into
     */
    void atMostOneOf(Consumer<Map<String, @Nullable Object>> entries) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        entries.accept(values);
        MutuallyExclusiveConfigurationPropertiesException.throwIfMultipleMatchingValuesIn(
                named -> values.forEach((property, value) -> named.put(name(property), value)), Settings::isGiven);
    }

    private static boolean isGiven(@Nullable Object value) {
        return value != null && !(value instanceof Collection<?> all && all.isEmpty()) && !value.equals(false);
    }

    /** The tunnel's own properties, or those of the defaults where it has none. */
    P properties() {
        return levels.get(0).properties;
    }

    /** The whole name of a property of the tunnel's own. */
    String name(String property) {
        return levels.get(0).name(property);
    }

    private record Level<P>(String prefix, P properties) {
        String name(String property) {
            return prefix + "." + property;
        }
    }

    /** What was said of a property. */
    static final class Value<T> {
        private final String name;
        private final T value;

        Value(String name, T value) {
            this.name = name;
            this.value = value;
        }

        /** The property's whole name. */
        String name() {
            return name;
        }

        T get() {
            return value;
        }

        /** What is made of it. */
        <R> R map(Function<T, R> made) {
            try {
                return made.apply(value);
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw new TunnelPropertyException(name, String.valueOf(e.getMessage()), e);
            }
        }

        /** Hands it on. */
        void accept(Consumer<T> setter) {
            map(given -> {
                setter.accept(given);
                return given;
            });
        }
    }
}
