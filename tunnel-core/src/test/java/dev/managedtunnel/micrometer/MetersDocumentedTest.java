package dev.managedtunnel.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table in docs/metrics.md and the meters that are registered say the same. */
class MetersDocumentedTest {
    private static final Pattern ROW = Pattern.compile(
            "^\\| `(?<name>[^`]+)` \\| (?<type>[a-z ]+) \\| (?<unit>[a-z]*) ?\\| (?<tags>[^|]*)\\| .+ \\|$",
            Pattern.MULTILINE);
    private static final Pattern TAG = Pattern.compile("`([^`]+)`");

    @Test
    void theTableNamesExactlyTheMetersUnitsAndTagsThatAreRegistered() throws IOException {
        assertThat(documented()).hasSizeGreaterThan(10).isEqualTo(registered());
    }

    /** Surefire sets {@code basedir}, the module's directory; an IDE starts tests there too. */
    private static Set<String> documented() throws IOException {
        Path page = Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolveSibling("docs/metrics.md");
        Set<String> rows = new TreeSet<>();
        Matcher row = ROW.matcher(Files.readString(page));
        while (row.find()) {
            Set<String> tags = TAG.matcher(row.group("tags"))
                    .results()
                    .map(tag -> tag.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(rows.add(row(row.group("name"), row.group("type"), row.group("unit"), tags)))
                    .as("a row of its own for " + row.group("name"))
                    .isTrue();
        }
        return rows;
    }

    private static Set<String> registered() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        new TunnelMetrics(new FakeTunnel("orders-db")).bindTo(registry);
        Set<String> rows = registry.getMeters().stream()
                .map(meter -> row(
                        meter.getId().getName(),
                        type(meter),
                        Objects.requireNonNullElse(meter.getId().getBaseUnit(), ""),
                        tags(meter)))
                .collect(Collectors.toCollection(TreeSet::new));
        registry.close();
        return rows;
    }

    private static String row(String name, String type, String unit, Set<String> tags) {
        return name + " " + type + " in " + unit + " " + tags;
    }

    private static String type(Meter meter) {
        return switch (meter.getId().getType()) {
            case GAUGE -> meter instanceof TimeGauge ? "time gauge" : "gauge";
            case COUNTER -> "counter";
            case TIMER -> "timer";
            default -> throw new AssertionError("no word for " + meter.getId());
        };
    }

    private static Set<String> tags(Meter meter) {
        return meter.getId().getTags().stream()
                .map(Tag::getKey)
                .filter(key -> !key.equals(Meters.TAG_TUNNEL))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
