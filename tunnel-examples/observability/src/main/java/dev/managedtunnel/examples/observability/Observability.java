package dev.managedtunnel.examples.observability;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Forward;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.Probe;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.examples.demoservers.DemoServers;
import dev.managedtunnel.micrometer.TunnelMetrics;
import java.time.Duration;

/** A tunnel to look at: it is broken every other minute, and Prometheus can scrape its meters, until Ctrl-C. */
public final class Observability {
    private static final int PORT = 9464;
    private static final Duration REST = Duration.ofMinutes(2);
    private static final Duration OUTAGE = Duration.ofSeconds(90);
    /** Every so many faults the server is away; else the session is cut. */
    private static final int OUTAGE_EVERY = 3;

    private Observability() {}

    /** Without arguments. */
    public static void main(String[] args) throws Exception {
        try (DemoServers servers = new DemoServers();
                MetricsEndpoint endpoint = new MetricsEndpoint(PORT);
                ManagedTunnel tunnel = spec(servers).open()) {
            new TunnelMetrics(tunnel).bindTo(endpoint.registry());
            System.out.println(
                    "Let Prometheus scrape http://127.0.0.1:" + endpoint.port() + "/metrics; Ctrl-C ends it.");
            for (int fault = 1; ; fault++) {
                Thread.sleep(REST.toMillis());
                if (fault % OUTAGE_EVERY == 0) {
                    servers.stopSsh();
                    Thread.sleep(OUTAGE.toMillis());
                    servers.startSsh();
                } else {
                    servers.cutSession();
                }
            }
        }
    }

    private static TunnelSpec spec(DemoServers servers) {
        return TunnelSpec.builder("demo-db")
                .gateway(servers.gateway())
                .credentials(Credentials.privateKey(servers.identity()))
                .hostKeys(HostKeys.knownHosts(servers.knownHosts()))
                .forward(Forward.local("127.0.0.1", servers.databasePort()).named("db"))
                .probe(Probe.connect("127.0.0.1", servers.databasePort()).every(Duration.ofSeconds(5)))
                .build();
    }
}
