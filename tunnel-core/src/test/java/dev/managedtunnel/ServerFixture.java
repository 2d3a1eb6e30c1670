package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.SshServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a contract stands on: a server for all of its cases, threads for clients, and tunnels that are quick to try again. */
@ExtendWith(NoLeaks.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class ServerFixture {
    static final Duration SOON = Duration.ofSeconds(20);

    SshServer server;
    ExecutorService clients;

    abstract SshServer newServer();

    @BeforeAll
    void startServer() {
        server = newServer();
    }

    @AfterAll
    void stopServer() {
        server.close();
    }

    @BeforeEach
    void startClients() {
        clients = Executors.newCachedThreadPool();
    }

    @AfterEach
    void stopClients() throws InterruptedException {
        clients.shutdownNow();
        assertThat(clients.awaitTermination(10, TimeUnit.SECONDS))
                .as("clients ended")
                .isTrue();
        server.unfreeze();
    }

    /** Has no forward yet. */
    TunnelSpec.Builder spec(Gateway gateway) {
        return Tunnels.to(server, "contract", gateway)
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(100))
                        .backoff(Duration.ofMillis(100), Duration.ofMillis(500))
                        .build());
    }

    static String echo(Socket client, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        OutputStream out = client.getOutputStream();
        InputStream in = client.getInputStream();
        out.write(bytes);
        return new String(in.readNBytes(bytes.length), StandardCharsets.UTF_8);
    }

    /** Waits until bytes have flowed and stopped: every buffer on the way is full. */
    static void awaitQuiet(ManagedTunnel tunnel) {
        long[] seen = {-1, -1};
        await().atMost(SOON).pollInterval(Duration.ofMillis(300)).until(() -> {
            TunnelStatus now = tunnel.status();
            boolean quiet = now.bytesIn() == seen[0] && now.bytesOut() == seen[1] && seen[0] + seen[1] > 0;
            seen[0] = now.bytesIn();
            seen[1] = now.bytesOut();
            return quiet;
        });
    }

    static long outcomes(ManagedTunnel tunnel, ConnectionOutcome outcome) {
        return tunnel.status().forwards().stream()
                .mapToLong(forward -> forward.outcomes().get(outcome))
                .sum();
    }
}
