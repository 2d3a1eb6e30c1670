package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.managedtunnel.testing.FaultRelay;
import dev.managedtunnel.testing.FreePorts;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What JDK Flight Recorder gets of a tunnel to a real server. It keeps files open itself, so leaks are not looked for. */
@Timeout(60)
class FlightRecorderIT extends WithOpenSsh {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final List<String> NAMES = List.of("SessionStart", "SessionLoss", "Outage", "ChannelOpen");

    @TempDir
    private Path directory;

    private static TunnelSpec spec(FaultRelay relay, Target echo) {
        return Tunnels.to(server, "orders", Gateway.of(server.user(), "127.0.0.1", relay.port()))
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(100))
                        .backoff(Duration.ofMillis(100), Duration.ofMillis(300))
                        .build())
                .forward(Forward.local(echo.host(), echo.port()).named("echo"))
                .forward(Forward.local("127.0.0.1", FreePorts.next()).named("nobody"))
                .build();
    }

    private static void talk(ManagedTunnel tunnel) throws IOException {
        try (Socket client = connect(tunnel, "echo")) {
            client.getOutputStream().write("ping".getBytes(StandardCharsets.UTF_8));
            assertThat(client.getInputStream().readNBytes(4)).asString().isEqualTo("ping");
        }
        try (Socket client = connect(tunnel, "nobody")) {
            client.setSoTimeout((int) SOON.toMillis());
            client.getInputStream().read();
        } catch (IOException refused) {
            // That is what it is for.
        }
    }

    private static Socket connect(ManagedTunnel tunnel, String forward) throws IOException {
        InetSocketAddress address = tunnel.address(forward);
        return new Socket(address.getAddress(), address.getPort());
    }

    /** Up, used, cut, up again, cut for good. */
    private static void live(TunnelSpec spec, FaultRelay relay) throws IOException {
        try (ManagedTunnel tunnel = spec.open()) {
            talk(tunnel);
            relay.cut();
            await().atMost(SOON).until(() -> tunnel.status().starts() == 2 && tunnel.state() == TunnelState.UP);
            relay.refuseNew();
            relay.cut();
            await().atMost(SOON).until(() -> tunnel.status().startFailures().get(FailureReason.CONNECT_REFUSED) > 0);
        }
    }

    @Test
    void theLifeOfATunnelIsInTheRecording() throws Exception {
        Path file = directory.resolve("flight.jfr");
        try (Target echo = Target.tcp(Targets.echo());
                FaultRelay relay = FaultRelay.to(server.port())) {
            TunnelSpec spec = spec(relay, echo);
            // Before anybody records, so that the classes of the events are as they are in an application.
            try (ManagedTunnel tunnel = spec.open()) {
                talk(tunnel);
            }
            try (Recording recording = new Recording()) {
                NAMES.forEach(
                        name -> recording.enable("dev.managedtunnel." + name).withoutThreshold());
                recording.start();
                live(spec, relay);
                recording.stop();
                recording.dump(file);
            }
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);

        assertThat(of("SessionStart", events))
                .allSatisfy(start -> {
                    assertThat(start.getString("tunnel")).isEqualTo("orders");
                    assertThat(start.getString("gateway")).startsWith(server.user() + "@127.0.0.1:");
                    assertThat(start.getDuration()).isPositive();
                })
                .extracting(start ->
                        start.getLong("start") + " " + start.getString("outcome") + " " + start.getString("reason"))
                .contains("1 up null", "2 up null", "3 failed connect_refused");
        assertThat(of("SessionLoss", events)).hasSize(2).allSatisfy(loss -> {
            assertThat(loss.getString("reason")).isEqualTo("connection_lost");
            assertThat(loss.getString("detail")).isNotBlank();
            assertThat(loss.getDuration("age")).isPositive();
        });
        assertThat(of("Outage", events))
                .hasSize(2)
                .allSatisfy(outage -> assertThat(outage.getDuration()).isPositive())
                .extracting(outage -> outage.getBoolean("recovered"))
                .containsExactlyInAnyOrder(true, false);
        assertThat(of("ChannelOpen", events))
                .extracting(open -> open.getString("forward") + " " + open.getString("outcome"))
                .containsExactlyInAnyOrder("echo confirmed", "nobody refused");
    }

    @Test
    void withoutAWordAboutThemStartsAndSlowChannelOpensAreRecorded() throws Exception {
        Path file = directory.resolve("flight.jfr");
        try (Target echo = Target.tcp(Targets.echo());
                FaultRelay relay = FaultRelay.to(server.port());
                Recording recording = new Recording()) {
            recording.start();
            try (ManagedTunnel tunnel = spec(relay, echo).open()) {
                relay.delay(Duration.ofMillis(15));
                talk(tunnel);
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(of("SessionStart", events)).hasSize(1);
        assertThat(of("ChannelOpen", events))
                .allSatisfy(open -> assertThat(open.getDuration()).isGreaterThanOrEqualTo(Duration.ofMillis(20)))
                .isNotEmpty();
    }

    private static List<RecordedEvent> of(String kind, List<RecordedEvent> events) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals("dev.managedtunnel." + kind))
                .toList();
    }
}
