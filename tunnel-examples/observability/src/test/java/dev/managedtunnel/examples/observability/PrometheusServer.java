package dev.managedtunnel.examples.observability;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A Prometheus of its own, on loopback, that scrapes one page every second and looks at one file of rules twice as often. */
final class PrometheusServer implements AutoCloseable {
    private static final String CONFIGURATION = """
            global:
              scrape_interval: 1s
              scrape_timeout: 1s
              evaluation_interval: 500ms
            rule_files: [rules.yml]
            scrape_configs:
              - job_name: app
                static_configs:
                  - targets: ["127.0.0.1:SCRAPED"]
            """;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final JsonMapper json = new JsonMapper();
    private final Path log;
    private final int port;
    private final Process process;

    PrometheusServer(Path directory, int scraped, String rules) throws IOException {
        String program = Programs.find("prometheus");
        log = directory.resolve("prometheus.log");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Files.writeString(
                directory.resolve("prometheus.yml"), CONFIGURATION.replace("SCRAPED", String.valueOf(scraped)));
        Files.writeString(directory.resolve("rules.yml"), rules);
        process = new ProcessBuilder(
                        program,
                        "--config.file=prometheus.yml",
                        "--storage.tsdb.path=data",
                        "--web.listen-address=127.0.0.1:" + port)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Awaitility.await("Prometheus is ready").atMost(Duration.ofSeconds(30)).until(this::isReady);
    }

    private boolean isReady() throws InterruptedException {
        if (!process.isAlive()) {
            throw new AssertionError("Prometheus did not start: " + log());
        }
        try {
            return get("/-/ready").statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** What it wrote to its log. */
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        return http.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode api(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = get("/api/v1/" + path);
        JsonNode answer = json.readTree(response.body());
        if (!answer.path("status").asString().equals("success")) {
            throw new AssertionError(path + ": " + response.body());
        }
        return answer.path("data");
    }

    /** The series that a query gives now; those that are no number are left out. */
    List<JsonNode> query(String expression) throws IOException, InterruptedException {
        List<JsonNode> series = new ArrayList<>();
        for (JsonNode one : api("query?query=" + encoded(expression)).path("result")) {
            if (!one.path("value").path(1).asString().equals("NaN")) {
                series.add(one);
            }
        }
        return series;
    }

    /** The values that a label has in the series that a selector finds. */
    List<String> labelValues(String selector, String label) throws IOException, InterruptedException {
        List<String> values = new ArrayList<>();
        for (JsonNode value : api("label/" + label + "/values?match[]=" + encoded(selector))) {
            values.add(value.asString());
        }
        return values;
    }

    /** The alerts that are pending or firing. */
    List<JsonNode> alerts() throws IOException, InterruptedException {
        List<JsonNode> alerts = new ArrayList<>();
        api("alerts").path("alerts").forEach(alerts::add);
        return alerts;
    }

    /** The rules, with what became of their last evaluation. */
    List<JsonNode> rules() throws IOException, InterruptedException {
        List<JsonNode> rules = new ArrayList<>();
        api("rules").path("groups").forEach(group -> group.path("rules").forEach(rules::add));
        return rules;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
