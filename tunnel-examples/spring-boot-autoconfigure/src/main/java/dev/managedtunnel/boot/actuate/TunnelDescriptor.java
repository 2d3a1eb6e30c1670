package dev.managedtunnel.boot.actuate;

import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.TunnelStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * What the endpoint tells of a tunnel. Null is left out, or null, as the application's JSON settings say.
 *
 * @param since when the state began
 * @param gateway the gateway in use, or to be tried next
 * @param sessionAge how long the session has been up
 * @param sessions the sessions that are up, the one that has served longest first
 * @param starts how many session starts have begun
 * @param losses how many sessions have been lost, by reason; only reasons that there were
 * @param nextAttempt when the next session start is due
 * @param roundTrip the time the last keep-alive was answered in
 * @param ready whether a session is up and no probe fails
 * @param lastFailure the last failure; it stays after recovery
 */
public record TunnelDescriptor(
        String name,
        TunnelState state,
        boolean ready,
        Instant since,
        String gateway,
        @Nullable Duration sessionAge,
        List<SessionDescriptor> sessions,
        long starts,
        Map<String, Long> losses,
        @Nullable Instant nextAttempt,
        @Nullable Duration roundTrip,
        ConnectionsDescriptor connections,
        @Nullable FailureDescriptor lastFailure,
        List<ForwardDescriptor> forwards,
        List<ProbeDescriptor> probes)
        implements OperationResponseBody {

    /** Describes a status. */
    public static TunnelDescriptor of(TunnelStatus status) {
        Map<String, Long> losses = new TreeMap<>();
        status.losses().forEach((reason, count) -> {
            if (count > 0) {
                losses.put(reason.tag(), count);
            }
        });
        return new TunnelDescriptor(
                status.name(),
                status.state(),
                status.isReady(),
                status.since(),
                status.gateway().toString(),
                status.sessionAge().orElse(null),
                status.sessions().stream().map(SessionDescriptor::of).toList(),
                status.starts(),
                losses,
                status.nextAttempt().orElse(null),
                status.keepAliveRoundTrip().orElse(null),
                new ConnectionsDescriptor(
                        status.activeConnections(),
                        status.parkedConnections(),
                        status.totalConnections(),
                        status.bytesIn(),
                        status.bytesOut()),
                status.lastFailure().map(FailureDescriptor::of).orElse(null),
                status.forwards().stream().map(ForwardDescriptor::of).toList(),
                status.probes().stream().map(ProbeDescriptor::of).toList());
    }

    /**
     * Connections of a tunnel or a forward.
     *
     * @param active established now
     * @param parked waiting for a session now
     * @param total accepted so far
     * @param bytesIn payload bytes from targets
     * @param bytesOut payload bytes to targets
     */
    public record ConnectionsDescriptor(int active, int parked, long total, long bytesIn, long bytesOut) {}

    /**
     * A session that is up.
     *
     * @param age how long it has served
     * @param roundTrip the time its last keep-alive was answered in
     * @param retired whether another one has taken its place
     */
    public record SessionDescriptor(
            String gateway, Duration age, @Nullable Duration roundTrip, boolean retired) {
        static SessionDescriptor of(TunnelStatus.Session session) {
            return new SessionDescriptor(
                    session.gateway().toString(),
                    session.age(),
                    session.keepAliveRoundTrip().orElse(null),
                    session.isRetired());
        }
    }

    /**
     * A failure.
     *
     * @param reason its class
     * @param remedy what to do about it
     */
    public record FailureDescriptor(String reason, String message, String remedy) {
        static FailureDescriptor of(TunnelException failure) {
            return new FailureDescriptor(
                    failure.reason().tag(), failure.detail(), failure.reason().remedy());
        }
    }

    /**
     * A probe.
     *
     * @param since since when it is healthy, or fails
     * @param lastError what the last check met, when it was not good
     * @param roundTrip how long the last good check took
     * @param good how many checks were good
     * @param failed how many failed
     */
    public record ProbeDescriptor(
            String name,
            boolean healthy,
            Instant since,
            @Nullable String lastError,
            @Nullable Duration roundTrip,
            long good,
            long failed) {
        static ProbeDescriptor of(TunnelStatus.Probed probe) {
            return new ProbeDescriptor(
                    probe.name(),
                    probe.isHealthy(),
                    probe.since(),
                    probe.lastError().orElse(null),
                    probe.roundTrip().orElse(null),
                    probe.good(),
                    probe.failed());
        }
    }

    /**
     * A forward.
     *
     * @param forward as it was specified
     * @param listening where it listens
     * @param outcomes how connections have ended; only ways that there were
     * @param lastError what went wrong with its last failed connection
     */
    public record ForwardDescriptor(
            String name,
            String forward,
            @Nullable String listening,
            ConnectionsDescriptor connections,
            Map<String, Long> outcomes,
            @Nullable String lastError) {
        static ForwardDescriptor of(TunnelStatus.Forwarded forwarded) {
            Map<String, Long> outcomes = new TreeMap<>();
            forwarded.outcomes().forEach((outcome, count) -> {
                if (count > 0) {
                    outcomes.put(outcome.tag(), count);
                }
            });
            return new ForwardDescriptor(
                    forwarded.forward().name(),
                    forwarded.forward().toString(),
                    forwarded.listening().map(Object::toString).orElse(null),
                    new ConnectionsDescriptor(
                            forwarded.active(),
                            forwarded.parked(),
                            forwarded.accepted(),
                            forwarded.bytesIn(),
                            forwarded.bytesOut()),
                    outcomes,
                    forwarded.lastError().orElse(null));
        }
    }
}
