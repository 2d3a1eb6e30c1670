package dev.managedtunnel.examples.observability;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is in {@code grafana-dashboard.json}. */
final class Dashboard {
    /** Surefire sets {@code basedir}, the module's directory; an IDE starts tests there too. */
    static final Path HOME = Path.of(System.getProperty("basedir", "")).toAbsolutePath();

    final JsonNode json;

    Dashboard() throws IOException {
        json = JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build()
                .readTree(Files.readString(HOME.resolve("grafana-dashboard.json")));
    }

    /** A query of a panel, or of an annotation. */
    record Query(String where, String expression) {
        /** As Grafana would send it. */
        String with(String tunnel, String gateway) {
            return expression
                    .replace("$__rate_interval", "15s")
                    .replace("$__range", "60s")
                    .replace("$tunnel", tunnel)
                    .replace("$gateway", gateway);
        }

        @Override
        public String toString() {
            return where;
        }
    }

    /** A drop-down list: {@code label_values(selector, label)}. */
    List<JsonNode> variables() {
        return list(json.at("/templating/list"));
    }

    List<JsonNode> panels() {
        return list(json.path("panels"));
    }

    List<Query> queries() {
        List<Query> queries = new ArrayList<>();
        for (JsonNode panel : panels()) {
            for (JsonNode target : panel.path("targets")) {
                String where = panel.path("title").asString() + " "
                        + target.path("refId").asString();
                queries.add(new Query(where, target.path("expr").asString()));
            }
        }
        for (JsonNode annotation : json.at("/annotations/list")) {
            String where = "annotation " + annotation.path("name").asString();
            queries.add(new Query(where, annotation.path("expr").asString()));
        }
        return queries;
    }

    static List<JsonNode> list(JsonNode array) {
        List<JsonNode> all = new ArrayList<>();
        array.forEach(all::add);
        return all;
    }
}
