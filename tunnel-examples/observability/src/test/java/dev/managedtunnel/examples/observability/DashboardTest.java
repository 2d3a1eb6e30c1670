package dev.managedtunnel.examples.observability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Forward;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.Probe;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.micrometer.TunnelMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What Grafana needs to import the dashboard; the queries are run by {@code PrometheusIT}. */
class DashboardTest {
    private static final String SOURCE = "${datasource}";
    private static final Set<String> KINDS = Set.of("row", "stat", "state-timeline", "timeseries");
    private static final Pattern METER = Pattern.compile("\\btunnel_[a-z_]+");

    private final Dashboard dashboard;

    DashboardTest() throws IOException {
        dashboard = new Dashboard();
    }

    @Test
    void itHasANameAVersionAndTheVariablesThatTheQueriesName() {
        assertThat(dashboard.json.path("uid").asString()).isEqualTo("managed-tunnel");
        assertThat(dashboard.json.path("title").asString()).isEqualTo("Managed Tunnel");
        assertThat(dashboard.json.path("schemaVersion").asInt()).isGreaterThanOrEqualTo(36);
        assertThat(dashboard.json.has("id")).as("a new one in each Grafana").isFalse();
        assertThat(dashboard.variables())
                .extracting(variable -> variable.path("name").asString() + " "
                        + variable.path("type").asString())
                .containsExactly("datasource datasource", "tunnel query", "gateway query");
        assertThat(dashboard.variables().get(0).path("query").asString()).isEqualTo("prometheus");
        assertThat(dashboard.queries())
                .allSatisfy(query -> assertThat(query.with("", "")).doesNotContain("$"));
    }

    @Test
    void everythingIsAskedOfTheDataSourceThatIsChosen() {
        List<JsonNode> sources = dashboard.json.findValues("datasource");
        assertThat(sources).hasSizeGreaterThan(40).allSatisfy(source -> {
            assertThat(source.path("type").asString()).isEqualTo("prometheus");
            assertThat(source.path("uid").asString()).isEqualTo(SOURCE);
        });
    }

    @Test
    void panelsAreExplainedHaveAUnitAndLieSideBySide() {
        Set<Integer> ids = new HashSet<>();
        Set<String> titles = new HashSet<>();
        Set<String> cells = new HashSet<>();
        for (JsonNode panel : dashboard.panels()) {
            String title = panel.path("title").asString();
            assertThat(titles.add(title)).as(title).isTrue();
            assertThat(ids.add(panel.path("id").asInt())).as("id of " + title).isTrue();
            assertThat(panel.path("type").asString()).isIn(KINDS);
            JsonNode place = panel.path("gridPos");
            int right = place.path("x").asInt() + place.path("w").asInt();
            assertThat(right).as(title).isLessThanOrEqualTo(24);
            for (int x = place.path("x").asInt(); x < right; x++) {
                for (int row = 0; row < place.path("h").asInt(); row++) {
                    int y = place.path("y").asInt() + row;
                    assertThat(cells.add(x + " " + y)).as(title + " overlaps").isTrue();
                }
            }
            if (!panel.path("type").asString().equals("row")) {
                assertThat(panel.path("description").asString()).as(title).isNotBlank();
                assertThat(panel.at("/fieldConfig/defaults/unit").asString())
                        .as(title)
                        .isNotBlank();
                assertThat(Dashboard.list(panel.path("targets")))
                        .as(title)
                        .isNotEmpty()
                        .allSatisfy(
                                target -> assertThat(target.path("legendFormat").asString())
                                        .contains("{{"))
                        .extracting(target -> target.path("refId").asString())
                        .doesNotHaveDuplicates();
            }
        }
    }

    @Test
    void everyQueryKeepsToTheTunnelsThatAreChosen() {
        assertThat(dashboard.queries()).hasSizeGreaterThan(25).allSatisfy(query -> {
            long meters = METER.matcher(query.expression()).results().count();
            assertThat(query.expression().split("tunnel=~\"\\$tunnel\"", -1)).hasSize((int) meters + 1);
        });
    }

    @Test
    void everyMeterOfATunnelIsOnTheDashboard() {
        TunnelSpec spec = TunnelSpec.builder("orders")
                .gateway("nobody@127.0.0.1:1")
                .credentials(Credentials.password(() -> "secret".toCharArray()))
                .hostKeys(HostKeys.insecureAcceptAny())
                .forward(Forward.local("db", 5432))
                .probe(Probe.connect("db", 5432))
                .build();
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Set<String> meters;
        try (ManagedTunnel tunnel = spec.start()) {
            new TunnelMetrics(tunnel).bindTo(registry);
            meters = registry.scrape()
                    .lines()
                    .flatMap(line -> names(line.replaceFirst("[ {].*", "")).stream())
                    .collect(Collectors.toCollection(TreeSet::new));
        } finally {
            registry.close();
        }
        Set<String> shown = dashboard.queries().stream()
                .flatMap(query -> names(query.expression()).stream())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(shown).isEqualTo(meters).hasSizeGreaterThan(20);
    }

    /** Without what tells the parts of a timer. */
    private static Set<String> names(String text) {
        Set<String> names = new TreeSet<>();
        Matcher meter = METER.matcher(text);
        while (meter.find()) {
            names.add(meter.group().replaceFirst("_(sum|count|max|total)$", ""));
        }
        return names;
    }
}
