package dev.managedtunnel.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Forward;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.boot.TestTunnels;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

class TunnelHealthIndicatorTest {

    @Test
    void aTunnelThatWaitsForItsGatewayIsOutOfServiceAndAlive() {
        try (ManagedTunnel tunnel = in(TunnelState.BACKING_OFF, RestartPolicy.UNLIMITED)) {
            Health health = new TunnelHealthIndicator(tunnel, true).health();
            assertThat(health.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
            assertThat(health.getDetails())
                    .containsKeys("state", "since", "gateway", "nextAttempt", "lastFailure", "remedy");
            assertThat(TunnelHealthIndicator.liveness(tunnel, true).health().getStatus())
                    .isEqualTo(Status.UP);
        }
    }

    @Test
    void aTunnelThatGaveUpIsDownAndDead() {
        try (ManagedTunnel tunnel = in(TunnelState.FAILED, 1)) {
            assertThat(new TunnelHealthIndicator(tunnel, true).health().getStatus())
                    .isEqualTo(Status.DOWN);
            assertThat(TunnelHealthIndicator.liveness(tunnel, true).health().getStatus())
                    .isEqualTo(Status.DOWN);
        }
    }

    @Test
    void aTunnelThatIsNotRequiredHarmsNobody() {
        try (ManagedTunnel waiting = in(TunnelState.BACKING_OFF, RestartPolicy.UNLIMITED);
                ManagedTunnel failed = in(TunnelState.FAILED, 1)) {
            assertThat(new TunnelHealthIndicator(waiting, false).health().getStatus())
                    .isEqualTo(Status.UNKNOWN);
            assertThat(new TunnelHealthIndicator(failed, false).health().getStatus())
                    .isEqualTo(Status.UNKNOWN);
            assertThat(TunnelHealthIndicator.liveness(failed, false).health().getStatus())
                    .isEqualTo(Status.UNKNOWN);
        }
    }

    private static ManagedTunnel in(TunnelState state, int maxStarts) {
        ManagedTunnel tunnel = TunnelSpec.builder("orders")
                .gateway(TestTunnels.NO_GATEWAY)
                .credentials(Credentials.password(() -> "secret".toCharArray()))
                .forward(Forward.local("db.internal", 5432))
                .restart(RestartPolicy.builder()
                        .backoff(Duration.ofHours(1), Duration.ofHours(1))
                        .minSpacing(Duration.ofHours(1))
                        .maxStarts(maxStarts)
                        .build())
                .build()
                .start();
        Awaitility.await().until(() -> tunnel.state() == state);
        return tunnel;
    }
}
