package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.FaultRelay;
import dev.managedtunnel.testing.FaultRelay.Direction;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What the cases of {@link TunnelContract} stand on: a server for all of them, threads for clients, and what is different
 * from one kind of forward to another, which those say who extend it.
 */
@ExtendWith(NoLeaks.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class TunnelFixture {
    static final Duration SOON = Duration.ofSeconds(20);

    SshServer server;
    ExecutorService clients;

    abstract SshServer newServer();

    /** A forward of the kind that is tested, by which clients get to the target; its name is its own. */
    abstract Forward forwardTo(Target target);

    /** A client that gets to the target by that forward, on whichever side that listens. */
    abstract Socket connect(ManagedTunnel tunnel, Target target) throws IOException;

    /**
     * Asserts that the client is told that nobody listens at the target.
     *
     * @param talk connects, and reads what comes
     */
    abstract void assertRefused(ThrowingCallable talk);

    /** Asserts that an established connection is broken, and that its client can tell that from an end. */
    abstract void assertBroken(Socket client);

    /** Asserts that a client ends whose write is stuck on a link that was dead and is given up now. */
    abstract void assertStuckWriterEnds(Future<?> writer);

    /** Which way the link carries what a client sends. */
    Direction upload() {
        return Direction.TO_TARGET;
    }

    /** What has come from targets: by the session, unless they are at this end of it. */
    long downloaded(TunnelStatus status) {
        return status.bytesIn();
    }

    /** The gateway at that place, and how it is reached. */
    Gateway gateway(String host, int port) {
        return Gateway.of(server.user(), host, port);
    }

    /** What a start fails with while nobody listens at the gateway. */
    FailureReason nobodyThere() {
        return FailureReason.CONNECT_REFUSED;
    }

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

    TunnelSpec.Builder spec() {
        return spec(server.host(), server.port());
    }

    private TunnelSpec.Builder spec(String host, int port) {
        return TunnelSpec.builder("contract")
                .gateway(gateway(host, port))
                .credentials(Credentials.privateKey(server.privateKey()))
                .hostKeys(HostKeys.pinned(server.hostKeyFingerprint()))
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(100))
                        .backoff(Duration.ofMillis(100), Duration.ofMillis(500))
                        .build());
    }

    TunnelSpec to(Target target) {
        return spec().forward(forwardTo(target)).build();
    }

    TunnelSpec.Builder through(FaultRelay relay, Target target) {
        return spec("127.0.0.1", relay.port()).forward(forwardTo(target));
    }

    void assertEchoes(ManagedTunnel tunnel, Target echo, String text) throws IOException {
        try (Socket client = connect(tunnel, echo)) {
            assertThat(echo(client, text)).isEqualTo(text);
        }
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
