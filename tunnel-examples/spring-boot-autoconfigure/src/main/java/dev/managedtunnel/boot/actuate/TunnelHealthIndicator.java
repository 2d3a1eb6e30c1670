package dev.managedtunnel.boot.actuate;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.TunnelStatus;
import java.util.List;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * Whether a tunnel is ready: a session is up, and no probe fails. {@code UP} while it is, {@code OUT_OF_SERVICE} while
 * connections wait for a session or a probe fails, {@code DOWN} when the tunnel gave up. A tunnel that is not required is {@code UNKNOWN}
 * instead of the latter two, which harms nobody.
 */
public final class TunnelHealthIndicator extends AbstractHealthIndicator {
    private final ManagedTunnel tunnel;
    private final boolean required;

    /** An indicator for one tunnel. */
    public TunnelHealthIndicator(ManagedTunnel tunnel, boolean required) {
        super("The status of tunnel '" + tunnel.name() + "' can't be read");
        this.tunnel = tunnel;
        this.required = required;
    }

    /**
     * Whether the tunnel can still recover by itself: for liveness. {@code DOWN} when it gave up, so that nothing but a new
     * start of the application helps; else {@code UP}.
     */
    public static HealthIndicator liveness(ManagedTunnel tunnel, boolean required) {
        return () -> {
            TunnelState state = tunnel.state();
            Status status = state.isFinal() ? gone(required) : Status.UP;
            return Health.status(status).withDetail("state", state).build();
        };
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        TunnelStatus status = tunnel.status();
        builder.status(of(status))
                .withDetail("state", status.state())
                .withDetail("since", status.since())
                .withDetail("gateway", status.gateway().toString());
        status.keepAliveRoundTrip().ifPresent(time -> builder.withDetail("roundTrip", time));
        status.nextAttempt().ifPresent(time -> builder.withDetail("nextAttempt", time));
        List<String> failing = status.probes().stream()
                .filter(probe -> !probe.isHealthy())
                .map(probe -> probe.name()
                        + probe.lastError().map(error -> ": " + error).orElse(""))
                .toList();
        if (!failing.isEmpty()) {
            builder.withDetail("failingProbes", failing);
        }
        if (status.state() != TunnelState.UP) {
            status.lastFailure()
                    .ifPresent(failure -> builder.withDetail("lastFailure", failure.detail())
                            .withDetail("remedy", failure.reason().remedy()));
        }
    }

    private Status of(TunnelStatus status) {
        if (status.isReady()) {
            return Status.UP;
        }
        if (status.state().isFinal()) {
            return gone(required);
        }
        return required ? Status.OUT_OF_SERVICE : Status.UNKNOWN;
    }

    private static Status gone(boolean required) {
        return required ? Status.DOWN : Status.UNKNOWN;
    }
}
