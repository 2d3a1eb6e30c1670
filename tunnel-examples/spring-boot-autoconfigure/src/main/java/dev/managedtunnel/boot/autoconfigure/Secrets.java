package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.boot.autoconfigure.Settings.Value;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.BeanFactory;

/** Passwords and passphrases: the value of a property, or what a bean supplies each time that one is needed. */
final class Secrets {
    private final BeanFactory beans;

    Secrets(BeanFactory beans) {
        this.beans = beans;
    }

    /**
     * What is asked on each session start.
     *
     * @param property the name of the one that is the secret; that of the one that names a bean has {@code -supplier} behind
     */
    <P> Optional<Supplier<char[]>> find(
            Settings<P> settings,
            String property,
            Function<P, @Nullable String> literal,
            Function<P, @Nullable String> bean) {
        return settings.first(given -> literal.apply(given) != null || bean.apply(given) != null)
                .map(level -> ofOneLevel(level, property, literal, bean));
    }

    private <P> Supplier<char[]> ofOneLevel(
            Settings<P> settings,
            String property,
            Function<P, @Nullable String> literal,
            Function<P, @Nullable String> bean) {
        String supplier = property + "-supplier";
        settings.atMostOneOf(entries -> {
            entries.put(property, literal.apply(settings.properties()));
            entries.put(supplier, bean.apply(settings.properties()));
        });
        return settings.find(supplier, bean)
                .map(this::supplied)
                .orElseGet(() -> settings.find(property, literal).orElseThrow().get()::toCharArray);
    }

    /** The bean is looked up now, so that a wrong name shows at once and no other thread ever makes a bean. */
    private Supplier<char[]> supplied(Value<String> name) {
        Supplier<?> bean = bean(name, Supplier.class, "that supplies a char[] or a String");
        return () -> characters(bean.get(), name);
    }

    /** The bean of that name. */
    <B> B bean(Value<String> name, Class<B> type, String what) {
        try {
            return beans.getBean(name.get(), type);
        } catch (BeansException e) {
            throw new TunnelPropertyException(
                    name.name(),
                    "there is no bean '" + name.get() + "' of type " + type.getSimpleName() + "; define one " + what,
                    e);
        }
    }

    /** Null is told by the library, and a fresh array is what it overwrites. */
    @SuppressWarnings("NullAway") // the library's parameter is no supplier of null, but it says so when it gets one
    private static char[] characters(@Nullable Object secret, Value<String> name) {
        if (secret == null) {
            return null;
        }
        if (secret instanceof char[] characters) {
            return characters;
        }
        if (secret instanceof CharSequence text) {
            return text.toString().toCharArray();
        }
        if (secret instanceof byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8).toCharArray();
        }
        throw new IllegalStateException("the bean '" + name.get() + "' supplied a "
                + secret.getClass().getName() + "; it has to be a char[], a String or a byte[]");
    }
}
