package dev.managedtunnel.examples.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.Parking;
import dev.managedtunnel.Probe;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.examples.demoservers.DemoServers;
import dev.managedtunnel.micrometer.TunnelMetrics;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A real Prometheus scrapes tunnels to a real SSH server while faults come and go: every query of the dashboard gives data,
 * every alert fires and clears. The rules are those of the file, with minutes read as seconds.
 */
@Timeout(180)
class PrometheusIT {
    private static final Duration SOON = Duration.ofSeconds(40);
    /** While all is well these queries have nothing to show; the others always have. */
    private static final Set<String> EMPTY_WHEN_WELL = Set.of(
            "Last failure of those that are down A",
            "Sessions lost A",
            "Failed session starts A",
            "Refused and broken A",
            "Time parked A",
            "annotation Sessions lost");
    /** These depend on what has happened shortly before. */
    private static final Set<String> MAY_BE_EMPTY = Set.of("How long starts take A", "Time to reach the target A");

    private final Set<String> shown = new TreeSet<>();
    private final Set<String> fired = new TreeSet<>();
    /** The last text of each alert, by name and tunnel. */
    private final Map<String, String> runbooks = new TreeMap<>();

    private final Dashboard dashboard;

    @TempDir
    private Path directory;

    PrometheusIT() throws IOException {
        dashboard = new Dashboard();
    }

    /** {@code for: 1m} becomes {@code for: 1s}, {@code [5m]} becomes {@code [5s]}; nothing else is changed. */
    private static String minutesAsSeconds(String rules) {
        return rules.replaceAll("(?m)(for: |\\[)(\\d+)m(]|$)", "$1$2s$3");
    }

    private static TunnelSpec.Builder spec(DemoServers servers, String name, Path key) {
        return TunnelSpec.builder(name)
                .gateway(servers.gateway())
                .credentials(Credentials.privateKey(key))
                .hostKeys(HostKeys.knownHosts(servers.knownHosts()))
                .keepAlive(KeepAlive.every(Duration.ofSeconds(2)).missed(10))
                .parking(Parking.upTo(16).forAtMost(Duration.ofSeconds(1)))
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(100))
                        .backoff(Duration.ofMillis(100), Duration.ofMillis(500))
                        .provenAfter(Duration.ofMillis(100))
                        .build())
                .forward(Forward.local("127.0.0.1", servers.databasePort()).named("db"));
    }

    /** A key that the server does not know. */
    private static void writeOtherKey(Path file) throws Exception {
        KeyPair pair = KeyUtils.generateKeyPair("ecdsa-sha2-nistp256", 256);
        try (OutputStream out = Files.newOutputStream(file)) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, "nobody", null, out);
        }
    }

    @Test
    void everyQueryGivesDataAndEveryAlertFiresAndClears() throws Exception {
        Path key = directory.resolve("key");
        String rules = minutesAsSeconds(Files.readString(Dashboard.HOME.resolve("prometheus-rules.yml")));
        try (DemoServers servers = new DemoServers();
                Service service = new Service();
                MetricsEndpoint endpoint = new MetricsEndpoint(0);
                PrometheusServer prometheus = new PrometheusServer(directory, endpoint.port(), rules)) {
            Files.copy(servers.identity(), key);
            TunnelSpec orders = spec(servers, "orders", servers.identity())
                    .forward(Forward.local("127.0.0.1", service.port()).named("service"))
                    .probe(Probe.connect("127.0.0.1", service.port())
                            .named("service")
                            .every(Duration.ofMillis(200))
                            .failAfter(2, 3)
                            .recoverAfter(2))
                    .build();
            try (ManagedTunnel first = orders.open();
                    ManagedTunnel second = spec(servers, "stock", key).build().open()) {
                new TunnelMetrics(first).bindTo(endpoint.registry());
                new TunnelMetrics(second).bindTo(endpoint.registry());
                assertAllIsWell(prometheus);
                withBadKeysAFlappingSessionAndNoService(prometheus, endpoint, servers, service, first, key);
                onASlowWay(prometheus, servers);
                withoutTheServer(prometheus, servers, first);
                await().atMost(SOON).until(() -> prometheus.alerts().isEmpty());
            }
            Set<String> alerts = new TreeSet<>();
            prometheus.rules().forEach(rule -> alerts.add(rule.path("name").asString()));
            assertThat(fired.stream()
                            .map(alert -> alert.replaceFirst(" .*", ""))
                            .collect(Collectors.toSet()))
                    .as("alerts that have fired")
                    .isEqualTo(alerts);
        }
    }

    private void assertAllIsWell(PrometheusServer prometheus) throws Exception {
        // Long enough for rates.
        await().atMost(SOON)
                .until(() -> prometheus
                                .query("min_over_time(tunnel_up[3s]) == 1 and count_over_time(tunnel_up[5s]) >= 4")
                                .size()
                        == 2);
        assertThat(prometheus.rules()).hasSize(9).allSatisfy(rule -> {
            assertThat(rule.path("health").asString()).as(rule.toString()).isEqualTo("ok");
            assertThat(rule.path("duration").asDouble()).isLessThanOrEqualTo(10);
        });
        assertThat(prometheus.alerts()).isEmpty();
        Set<String> empty = new TreeSet<>(look(prometheus));
        empty.removeAll(MAY_BE_EMPTY);
        assertThat(empty).as("queries without data").isEqualTo(new TreeSet<>(EMPTY_WHEN_WELL));
        for (Dashboard.Query query : dashboard.queries()) {
            assertThat(prometheus.query(query.with("orders", ".*")))
                    .as(query.where())
                    .allSatisfy(series ->
                            assertThat(series.at("/metric/tunnel").asString()).isEqualTo("orders"));
            assertThat(prometheus.query(query.with("nothing", "nothing"))).isEmpty();
        }
        assertThat(values(prometheus, 1)).containsExactly("orders", "stock");
        assertThat(values(prometheus, 2)).singleElement().asString().startsWith("demo@127.0.0.1:");
    }

    /** What the variable's list has. */
    private List<String> values(PrometheusServer prometheus, int variable) throws Exception {
        String query = dashboard.variables().get(variable).at("/query/query").asString();
        assertThat(query).matches("label_values\\(.+, \\w+\\)");
        int comma = query.lastIndexOf(',');
        String selector = query.substring(query.indexOf('(') + 1, comma).replace("$tunnel", ".*");
        return prometheus.labelValues(
                selector, query.substring(comma + 1, query.length() - 1).strip());
    }

    /** Runs all queries; those that give nothing. */
    private Set<String> look(PrometheusServer prometheus) throws Exception {
        Set<String> empty = new TreeSet<>();
        for (Dashboard.Query query : dashboard.queries()) {
            boolean data = !prometheus.query(query.with(".*", ".*")).isEmpty();
            (data ? shown : empty).add(query.where());
        }
        return empty;
    }

    private void withBadKeysAFlappingSessionAndNoService(
            PrometheusServer prometheus,
            MetricsEndpoint endpoint,
            DemoServers servers,
            Service service,
            ManagedTunnel orders,
            Path key)
            throws Exception {
        Path wrong = directory.resolve("wrong");
        writeOtherKey(wrong);
        Files.copy(wrong, key, StandardCopyOption.REPLACE_EXISTING);
        try (ManagedTunnel reports = spec(servers, "reports", wrong).build().start()) {
            new TunnelMetrics(reports).bindTo(endpoint.registry());
            service.stop();
            assertRefused(orders.address("service"));
            for (int cut = 1; cut <= 3; cut++) {
                int starts = cut + 1;
                servers.cutSession();
                await().atMost(SOON)
                        .until(() -> orders.status().starts() == starts
                                && orders.state().isServing());
            }
            awaitFiring(
                    prometheus,
                    "ManagedTunnelGaveUp reports",
                    "ManagedTunnelPermanentFailure stock",
                    "ManagedTunnelDown stock",
                    "ManagedTunnelFlapping orders",
                    "ManagedTunnelProbeFailing orders",
                    "ManagedTunnelTargetUnreachable orders",
                    "ManagedTunnelDegraded orders");
            String remedy = FailureReason.AUTH_REJECTED.remedy() + ".";
            assertThat(runbooks.get("ManagedTunnelGaveUp reports"))
                    .isEqualTo("The last failure is auth_rejected: " + remedy);
            assertThat(runbooks.get("ManagedTunnelPermanentFailure stock")).endsWith(remedy);
            assertThat(reports.state()).isEqualTo(TunnelState.FAILED);
            look(prometheus);
        }
        service.start();
        Files.copy(servers.identity(), key, StandardCopyOption.REPLACE_EXISTING);
        awaitClear(
                prometheus,
                "ManagedTunnelGaveUp reports",
                "ManagedTunnelPermanentFailure stock",
                "ManagedTunnelDown stock",
                "ManagedTunnelProbeFailing orders",
                "ManagedTunnelDegraded orders");
    }

    /** Only the session that is idle is asked for an answer, and so measured. */
    private void onASlowWay(PrometheusServer prometheus, DemoServers servers) {
        servers.slowSsh(Duration.ofMillis(700));
        awaitFiring(prometheus, "ManagedTunnelRoundTripHigh stock");
        servers.slowSsh(Duration.ZERO);
        awaitClear(prometheus, "ManagedTunnelRoundTripHigh stock");
    }

    private void withoutTheServer(PrometheusServer prometheus, DemoServers servers, ManagedTunnel orders)
            throws Exception {
        servers.stopSsh();
        await().atMost(SOON).until(() -> !orders.state().isServing());
        assertRefused(orders.address("db"));
        awaitFiring(
                prometheus,
                "ManagedTunnelDown orders",
                "ManagedTunnelDown stock",
                "ManagedTunnelParkingOverrun orders");
        assertThat(runbooks.get("ManagedTunnelDown orders"))
                .isEqualTo("The last failure is connect_refused: " + FailureReason.CONNECT_REFUSED.remedy() + ".");
        look(prometheus);
        servers.startSsh();
        awaitClear(prometheus, "ManagedTunnelDown orders", "ManagedTunnelDown stock");
        assertServed(orders.address("service"));
        await().atMost(SOON).untilAsserted(() -> {
            look(prometheus);
            assertThat(dashboard.queries())
                    .extracting(Dashboard.Query::where)
                    .as("queries that gave data at some time")
                    .allSatisfy(where -> assertThat(shown).contains(where));
        });
    }

    /** Waits until each of them has fired; all need not do so at the same time. */
    private void awaitFiring(PrometheusServer prometheus, String... expected) {
        Set<String> missing = new TreeSet<>(Set.of(expected));
        await().atMost(SOON).pollInterval(Duration.ofMillis(250)).untilAsserted(() -> {
            for (JsonNode alert : prometheus.alerts()) {
                String name = name(alert);
                runbooks.put(name, alert.at("/annotations/runbook").asString());
                if (alert.path("state").asString().equals("firing")) {
                    fired.add(name);
                    missing.remove(name);
                    assertThat(alert.path("annotations").toString()).doesNotContain("no value", "{{", "error");
                }
            }
            assertThat(missing).as("alerts that did not fire; firing: " + fired).isEmpty();
        });
    }

    private static void awaitClear(PrometheusServer prometheus, String... alerts) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(prometheus.alerts())
                        .extracting(PrometheusIT::name)
                        .doesNotContain(alerts));
    }

    private static String name(JsonNode alert) {
        return alert.at("/labels/alertname").asString() + " "
                + alert.at("/labels/tunnel").asString();
    }

    private static void assertServed(InetSocketAddress address) throws IOException {
        try (Socket client = new Socket(address.getAddress(), address.getPort())) {
            client.setSoTimeout((int) SOON.toMillis());
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }

    private static void assertRefused(InetSocketAddress address) throws IOException {
        try (Socket client = new Socket(address.getAddress(), address.getPort())) {
            client.setSoTimeout((int) SOON.toMillis());
            assertThatExceptionOfType(SocketException.class)
                    .isThrownBy(() -> client.getInputStream().read())
                    .withMessageContaining("reset");
        }
    }

    /** What the probe connects to, at one port for good. */
    private static final class Service implements AutoCloseable {
        private ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final int port = listener.getLocalPort();

        Service() throws IOException {
            serve();
        }

        int port() {
            return port;
        }

        void start() throws IOException {
            listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            serve();
        }

        void stop() throws IOException {
            listener.close();
        }

        private void serve() {
            ServerSocket its = listener;
            Thread thread = new Thread(
                    () -> {
                        while (!its.isClosed()) {
                            try {
                                its.accept().close();
                            } catch (IOException closed) {
                                // ends the loop
                            }
                        }
                    },
                    "service");
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void close() throws IOException {
            stop();
        }
    }
}
