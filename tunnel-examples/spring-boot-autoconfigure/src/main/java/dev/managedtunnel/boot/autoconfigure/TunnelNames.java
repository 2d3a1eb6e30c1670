package dev.managedtunnel.boot.autoconfigure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;

/**
 * The names of the tunnels in an environment, found without a look at any value: while beans are defined, and all the more
 * while an application is processed ahead of time, secrets may not be there yet.
 */
final class TunnelNames {
    private static final ConfigurationPropertyName TUNNELS =
            ConfigurationPropertyName.of(ManagedTunnelProperties.TUNNELS);

    private TunnelNames() {}

    /**
     * The names, in the order of the property sources. An environment variable can't say {@code orders-db}: one for {@code
     * ordersdb} is about that tunnel where there is one, and makes no second.
     */
    static List<String> in(Environment environment) {
        Map<String, String> names = new LinkedHashMap<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource iterable) {
                iterable.stream().filter(TUNNELS::isAncestorOf).forEach(name -> add(name, names));
            }
        }
        return List.copyOf(names.values());
    }

    private static void add(ConfigurationPropertyName property, Map<String, String> names) {
        int element = TUNNELS.getNumberOfElements();
        String uniform = property.getElement(element, Form.UNIFORM);
        String written = property.getElement(element, Form.ORIGINAL);
        names.merge(uniform, written, (one, other) -> one.length() >= other.length() ? one : other);
    }
}
