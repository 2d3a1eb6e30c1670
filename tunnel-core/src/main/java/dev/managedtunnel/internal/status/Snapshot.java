package dev.managedtunnel.internal.status;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.TunnelStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The contents of a {@link TunnelStatus}; it may grow freely, its accessors there are the API. */
public record Snapshot(
        String name,
        TunnelState state,
        Instant since,
        Gateway gateway,
        List<TunnelStatus.Session> sessions,
        Map<Gateway, Long> starts,
        Map<FailureReason, Long> startFailures,
        Map<FailureReason, Long> losses,
        @Nullable TunnelException lastFailure,
        @Nullable Instant nextAttempt,
        List<TunnelStatus.Forwarded> forwards,
        List<TunnelStatus.Probed> probes) {}
