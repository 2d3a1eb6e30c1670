package dev.managedtunnel.boot.autoconfigure;

import java.util.Objects;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Names the property, and where it is set; never its value, which may be a secret. */
final class TunnelPropertyFailureAnalyzer extends AbstractFailureAnalyzer<TunnelPropertyException> {
    private final @Nullable Environment environment;

    TunnelPropertyFailureAnalyzer(@Nullable Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, TunnelPropertyException cause) {
        String where = origin(cause.property());
        return new FailureAnalysis(
                "The configuration property '" + cause.property() + "' can't be used: " + cause.reason() + ".",
                where == null
                        ? "Set '" + cause.property() + "' as described."
                        : "Correct '" + cause.property() + "' as described. It comes from " + where + ".",
                cause);
    }

    private @Nullable String origin(String property) {
        if (environment == null || !ConfigurationPropertyName.isValid(property)) {
            return null;
        }
        ConfigurationPropertyName name = ConfigurationPropertyName.of(property);
        return StreamSupport.stream(
                        ConfigurationPropertySources.get(environment).spliterator(), false)
                .map(source -> source.getConfigurationProperty(name))
                .filter(Objects::nonNull)
                .findFirst()
                .map(ConfigurationProperty::getOrigin)
                .map(Object::toString)
                .orElse(null);
    }
}
