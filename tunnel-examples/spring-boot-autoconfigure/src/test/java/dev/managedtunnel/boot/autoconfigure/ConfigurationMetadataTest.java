package dev.managedtunnel.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.Forward;
import dev.managedtunnel.TunnelSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.json.JsonMapper;

/** What an IDE is told of the properties. */
class ConfigurationMetadataTest {
    private static final String DEFAULTS = "managed-tunnel.defaults.";

    private final Map<String, Property> properties =
            read().properties().stream().collect(Collectors.toMap(Property::name, Function.identity()));

    @Test
    void everyPropertyIsDescribed() {
        assertThat(properties).hasSizeGreaterThan(40);
        assertThat(properties.values()).allSatisfy(property -> {
            assertThat(property.description()).as(property.name()).endsWith(".");
            assertThat(property.type()).as(property.name()).isNotBlank();
        });
    }

    @Test
    void nothingIsAddedToNamesOfSpringsOwn() {
        assertThat(properties.keySet())
                .allMatch(name -> name.startsWith("managed-tunnel.") || name.matches("management\\..*\\.tunnels\\..*"));
    }

    @Test
    void theDefaultsAreTheLibrarys() {
        TunnelSpec library = TunnelSpec.builder("library")
                .gateway("a@b")
                .credentials(Credentials.password(() -> new char[0]))
                .forward(Forward.local("c", 1))
                .build();

        assertThat(duration("open-timeout")).isEqualTo(TunnelSpec.DEFAULT_OPEN_TIMEOUT);
        assertThat(duration("connect-timeout")).isEqualTo(library.connectTimeout());
        assertThat(DataSize.parse(text("max-window")).toBytes()).isEqualTo(library.maxWindow());
        assertThat(text("compression")).isEqualTo(String.valueOf(library.compression()));
        assertThat(duration("keep-alive.interval"))
                .isEqualTo(library.keepAlive().interval());
        assertThat(text("keep-alive.missed"))
                .isEqualTo(String.valueOf(library.keepAlive().missed()));
        assertThat(duration("restart.gate-time")).isEqualTo(library.restart().gateTime());
        assertThat(duration("restart.first-delay")).isEqualTo(library.restart().firstDelay());
        assertThat(duration("restart.max-delay")).isEqualTo(library.restart().maxDelay());
        assertThat(Double.parseDouble(text("restart.factor")))
                .isEqualTo(library.restart().factor());
        assertThat(text("restart.jitter"))
                .isEqualTo(String.valueOf(library.restart().jitter()));
        assertThat(duration("restart.min-spacing")).isEqualTo(library.restart().minSpacing());
        assertThat(text("restart.max-starts"))
                .isEqualTo(String.valueOf(library.restart().maxStarts()));
        assertThat(duration("restart.max-session-age"))
                .isEqualTo(library.restart().maxSessionAge());
        assertThat(duration("restart.drain")).isEqualTo(library.restart().drain());
        assertThat(text("failover.fail-after"))
                .isEqualTo(String.valueOf(library.failover().failAfter()));
        assertThat(text("failover.recover-after"))
                .isEqualTo(String.valueOf(library.failover().recoverAfter()));
        assertThat(duration("failover.check-every"))
                .isEqualTo(library.failover().checkEvery());
        assertThat(duration("failover.dwell")).isEqualTo(library.failover().dwell());
        assertThat(duration("failover.damping-half-life"))
                .isEqualTo(library.failover().dampingHalfLife());
        assertThat(duration("failover.longest-dwell"))
                .isEqualTo(library.failover().longestDwell());
        assertThat(text("redundancy")).isEqualTo(String.valueOf(library.redundancy()));
        assertThat(text("restart.fail-fast"))
                .isEqualTo(String.valueOf(library.restart().failFast()));
        assertThat(text("restart.retry-permanent-once-up"))
                .isEqualTo(String.valueOf(library.restart().retryPermanentOnceUp()));
        assertThat(text("parking.limit"))
                .isEqualTo(String.valueOf(library.parking().limit()));
        assertThat(duration("parking.max-wait")).isEqualTo(library.parking().longest());
    }

    @Test
    void locationsAndBeansHaveHints() {
        assertThat(read().hints())
                .extracting(Hint::name)
                .contains(
                        DEFAULTS + "credentials.private-key",
                        DEFAULTS + "credentials.password-supplier",
                        DEFAULTS + "host-keys.known-hosts");
    }

    @Test
    void everyHintIsAboutAPropertyThatThereIs() {
        assertThat(read().hints())
                .extracting(Hint::name)
                .isNotEmpty()
                .allSatisfy(name -> assertThat(properties).containsKey(name));
    }

    private Duration duration(String property) {
        return DurationStyle.detectAndParse(text(property));
    }

    private String text(String property) {
        return String.valueOf(properties.get(DEFAULTS + property).defaultValue());
    }

    static Metadata read() {
        try (InputStream in =
                ManagedTunnelProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            return JsonMapper.builder().build().readValue(in, Metadata.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Metadata(List<Property> properties, List<Hint> hints) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Property(String name, String type, String description, Object defaultValue) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Hint(String name) {}
}
