package dev.managedtunnel;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Something that happened to a tunnel. Immutable. */
public sealed interface TunnelEvent {
    /** The tunnel's name. */
    String tunnel();

    /** When it happened. */
    Instant at();

    /**
     * The tunnel went from one state to another.
     *
     * @param cause the failure behind it; null for transitions that are no failure
     */
    record StateChanged(
            String tunnel,
            Instant at,
            TunnelState from,
            TunnelState to,
            @Nullable TunnelException cause) implements TunnelEvent {}

    /**
     * A session start has begun; a {@link StartSucceeded} or {@link StartFailed} of the same number follows, unless the
     * tunnel ends before. Several may be under way at a time.
     *
     * @param start its number, from 1
     */
    record StartBegan(String tunnel, Instant at, Gateway gateway, long start) implements TunnelEvent {}

    /**
     * A session start has led to an accepted login. The session takes connections from its {@link SessionUp} on, which
     * comes at once, but for one that has to show first that a better gateway is well.
     *
     * @param start the number of this session start, from 1
     * @param took from its beginning
     */
    record StartSucceeded(String tunnel, Instant at, Gateway gateway, long start, Duration took)
            implements TunnelEvent {}

    /**
     * A session is up.
     *
     * @param start the number of this session start, from 1
     * @param took from the beginning of the start to the accepted login
     * @param outage how long no session was up; null when another one was, and for the first session
     */
    record SessionUp(
            String tunnel,
            Instant at,
            Gateway gateway,
            long start,
            Duration took,
            @Nullable Duration outage) implements TunnelEvent {
        /** How long no session was up; empty when another one was, and for the first session. */
        public Optional<Duration> sinceLoss() {
            return Optional.ofNullable(outage);
        }
    }

    /**
     * A session start failed.
     *
     * @param start the number of this session start, from 1
     */
    record StartFailed(String tunnel, Instant at, Gateway gateway, long start, TunnelException cause)
            implements TunnelEvent {}

    /**
     * A session that was up is lost; its established connections are broken.
     *
     * @param age how long it was up
     */
    record SessionLost(String tunnel, Instant at, Gateway gateway, Duration age, TunnelException cause)
            implements TunnelEvent {}

    /** A forward was added to the running tunnel by {@link ManagedTunnel#addForward}. */
    record ForwardAdded(String tunnel, Instant at, Forward forward) implements TunnelEvent {}

    /** A forward was removed from the running tunnel, and its last connection has ended. */
    record ForwardRemoved(String tunnel, Instant at, Forward forward) implements TunnelEvent {}

    /**
     * A probe that was healthy fails now.
     *
     * @param probe its name
     * @param cause what its last check met
     */
    record ProbeFailed(String tunnel, Instant at, String probe, TunnelException cause) implements TunnelEvent {}

    /**
     * A probe that failed is healthy again.
     *
     * @param probe its name
     * @param failing how long it failed
     */
    record ProbeRecovered(String tunnel, Instant at, String probe, Duration failing) implements TunnelEvent {}

    /**
     * A session that is up gets no more connections, since a new one has taken its place; it is ended when those that it
     * has are over, at the latest after {@link RestartPolicy#drain()}.
     *
     * @param gateway its gateway
     * @param by the gateway of the new one
     * @param age how long it was up
     * @param reason for people
     */
    record SessionReplaced(String tunnel, Instant at, Gateway gateway, Gateway by, Duration age, String reason)
            implements TunnelEvent {}

    /**
     * Something was decided about which gateway is used.
     *
     * @param from the gateway in use
     * @param to the one that it is about: where the tunnel goes, or what is tried
     * @param reason for people
     */
    record FailoverDecided(String tunnel, Instant at, FailoverStep step, Gateway from, Gateway to, String reason)
            implements TunnelEvent {}

    /**
     * A connection ended otherwise than {@link ConnectionOutcome#SERVED}.
     *
     * @param forward the forward's name
     * @param detail what happened, for people
     */
    record ConnectionFailed(String tunnel, Instant at, String forward, ConnectionOutcome outcome, String detail)
            implements TunnelEvent {}
}
