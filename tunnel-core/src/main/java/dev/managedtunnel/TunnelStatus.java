package dev.managedtunnel;

import dev.managedtunnel.internal.status.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What there is to know about a tunnel at one moment. Immutable; times are this machine's. */
public final class TunnelStatus {
    private final Snapshot snapshot;

    /** For the library: its parameter's type is not exported. */
    public TunnelStatus(Snapshot snapshot) {
        this.snapshot = snapshot;
    }

    /** The tunnel's name. */
    public String name() {
        return snapshot.name();
    }

    /** The state. */
    public TunnelState state() {
        return snapshot.state();
    }

    /** Liveness: whether a session is up, so that connections are served. */
    public boolean isLive() {
        return state().isServing();
    }

    /**
     * Readiness: whether it is live and no probe fails. One that has no result yet does not fail; without probes it is the
     * same as {@link #isLive()}. It does not tell about sessions that are missing beside the one that is up.
     */
    public boolean isReady() {
        return isLive() && probes().stream().allMatch(Probed::isHealthy);
    }

    /** When that state began. */
    public Instant since() {
        return snapshot.since();
    }

    /** The gateway in use, that of the session that has served longest where there are several; else the one tried last. */
    public Gateway gateway() {
        return snapshot.gateway();
    }

    /** The sessions that are up, those that are being replaced included; the one that has served longest first. */
    public List<Session> sessions() {
        return snapshot.sessions();
    }

    /** How long the session that has served longest has done so; empty while none serves. */
    public Optional<Duration> sessionAge() {
        return serving().map(Session::age);
    }

    private Optional<Session> serving() {
        return sessions().stream().filter(session -> !session.isRetired()).findFirst();
    }

    /** How many session starts have begun, failed ones included. */
    public long starts() {
        return snapshot.starts().values().stream().mapToLong(Long::longValue).sum();
    }

    /** The same for each gateway; all of them are there. */
    public Map<Gateway, Long> startsByGateway() {
        return Collections.unmodifiableMap(snapshot.starts());
    }

    /** How many session starts have failed, by reason; all of them are there. */
    public Map<FailureReason, Long> startFailures() {
        return snapshot.startFailures();
    }

    /** How many sessions that were up have been lost, by reason; all of them are there. */
    public Map<FailureReason, Long> losses() {
        return snapshot.losses();
    }

    /** The last failure of a session or its start; it stays after recovery. */
    public Optional<TunnelException> lastFailure() {
        return Optional.ofNullable(snapshot.lastFailure());
    }

    /** When the next session start is due that has been put off; empty when none has. */
    public Optional<Instant> nextAttempt() {
        return Optional.ofNullable(snapshot.nextAttempt());
    }

    /** The time in which that session's last keep-alive was answered; the first is sent when a session begins. */
    public Optional<Duration> keepAliveRoundTrip() {
        return serving().flatMap(Session::keepAliveRoundTrip);
    }

    /** Connections that are established now. */
    public int activeConnections() {
        return snapshot.forwards().stream().mapToInt(Forwarded::active).sum();
    }

    /** Connections that wait for a session now. */
    public int parkedConnections() {
        return snapshot.forwards().stream().mapToInt(Forwarded::parked).sum();
    }

    /** Connections accepted so far; a forward that is removed takes its own along, here and in the bytes below. */
    public long totalConnections() {
        return snapshot.forwards().stream().mapToLong(Forwarded::accepted).sum();
    }

    /** Payload bytes that came through the session: from targets, or from those who connect to remote forwards. */
    public long bytesIn() {
        return snapshot.forwards().stream().mapToLong(Forwarded::bytesIn).sum();
    }

    /** Payload bytes that went into the session: to targets, or to those who connect to remote forwards. */
    public long bytesOut() {
        return snapshot.forwards().stream().mapToLong(Forwarded::bytesOut).sum();
    }

    /** The forwards, in the order of the specification, those behind that were added to the running tunnel. */
    public List<Forwarded> forwards() {
        return snapshot.forwards();
    }

    /** The probes, in the order of the specification. */
    public List<Probed> probes() {
        return snapshot.probes();
    }

    /** One line for logs and consoles. */
    @Override
    public String toString() {
        return name() + " " + state() + " via " + gateway() + ", starts " + starts() + ", active "
                + activeConnections() + ", parked " + parkedConnections()
                + probes().stream()
                        .filter(probe -> !probe.isHealthy())
                        .map(probe -> ", probe " + probe.name() + " fails: "
                                + probe.lastError().orElse("its last check was good"))
                        .collect(Collectors.joining())
                + lastFailure()
                        .map(failure -> ", last failure: " + failure.getMessage())
                        .orElse("");
    }

    /** One session that is up. Immutable. */
    public static final class Session {
        private final Gateway gateway;
        private final Duration age;
        private final @Nullable Duration roundTrip;
        private final boolean retired;

        /** For the library. */
        public Session(Gateway gateway, Duration age, @Nullable Duration roundTrip, boolean retired) {
            this.gateway = gateway;
            this.age = age;
            this.roundTrip = roundTrip;
            this.retired = retired;
        }

        /** Its gateway. */
        public Gateway gateway() {
            return gateway;
        }

        /** How long it has served. */
        public Duration age() {
            return age;
        }

        /** The time in which the last keep-alive was answered; the first is sent when the session begins. */
        public Optional<Duration> keepAliveRoundTrip() {
            return Optional.ofNullable(roundTrip);
        }

        /** Whether another one has taken its place, and it only goes on for the connections that it has. */
        public boolean isRetired() {
            return retired;
        }
    }

    /** One forward's share of a {@link TunnelStatus}. Immutable. */
    public static final class Forwarded {
        private final Forward forward;
        private final @Nullable Endpoint listening;
        private final int active;
        private final int parked;
        private final long bytesIn;
        private final long bytesOut;
        private final Map<ConnectionOutcome, Long> outcomes;
        private final @Nullable String lastError;

        /** For the library. */
        public Forwarded(
                Forward forward,
                @Nullable Endpoint listening,
                int active,
                int parked,
                long bytesIn,
                long bytesOut,
                Map<ConnectionOutcome, Long> outcomes,
                @Nullable String lastError) {
            this.forward = forward;
            this.listening = listening;
            this.active = active;
            this.parked = parked;
            this.bytesIn = bytesIn;
            this.bytesOut = bytesOut;
            this.outcomes = Map.copyOf(outcomes);
            this.lastError = lastError;
        }

        /** The forward as specified. */
        public Forward forward() {
            return forward;
        }

        /**
         * Where it listens, with the real port. Empty for one that is for in-process use only, and for a remote one while no
         * session has its listener.
         */
        public Optional<Endpoint> listening() {
            return Optional.ofNullable(listening);
        }

        /** Connections that are established now. */
        public int active() {
            return active;
        }

        /** Connections that wait for a session now. */
        public int parked() {
            return parked;
        }

        /** Connections accepted so far: those active, parked or being opened, and those ended. */
        public long accepted() {
            return outcomes.values().stream().mapToLong(Long::longValue).sum() + active + parked;
        }

        /** Payload bytes that came through the session. */
        public long bytesIn() {
            return bytesIn;
        }

        /** Payload bytes that went into the session. */
        public long bytesOut() {
            return bytesOut;
        }

        /** How many connections have ended in which way; every outcome is there. */
        public Map<ConnectionOutcome, Long> outcomes() {
            return outcomes;
        }

        /** What went wrong with its last failed connection. */
        public Optional<String> lastError() {
            return Optional.ofNullable(lastError);
        }
    }

    /** One probe's share of a {@link TunnelStatus}. Immutable. */
    public static final class Probed {
        private final String name;
        private final boolean healthy;
        private final Instant since;
        private final @Nullable Instant lastAt;
        private final @Nullable String lastError;
        private final @Nullable Duration roundTrip;
        private final long good;
        private final long failed;

        /** For the library. */
        public Probed(
                String name,
                boolean healthy,
                Instant since,
                @Nullable Instant lastAt,
                @Nullable String lastError,
                @Nullable Duration roundTrip,
                long good,
                long failed) {
            this.name = name;
            this.healthy = healthy;
            this.since = since;
            this.lastAt = lastAt;
            this.lastError = lastError;
            this.roundTrip = roundTrip;
            this.good = good;
            this.failed = failed;
        }

        /** The probe's name. */
        public String name() {
            return name;
        }

        /** Whether it does not fail, see {@link Probe}; true before the first result. It stays what it is without a session. */
        public boolean isHealthy() {
            return healthy;
        }

        /** Since when it is healthy, or fails. */
        public Instant since() {
            return since;
        }

        /** When there was a result last; empty before the first. */
        public Optional<Instant> lastAt() {
            return Optional.ofNullable(lastAt);
        }

        /** What the last check met; empty when it was good, and before the first. */
        public Optional<String> lastError() {
            return Optional.ofNullable(lastError);
        }

        /** How long the last good check took; empty before the first. */
        public Optional<Duration> roundTrip() {
            return Optional.ofNullable(roundTrip);
        }

        /** How many checks were good. */
        public long good() {
            return good;
        }

        /** How many failed, not counting those whose session was lost. */
        public long failed() {
            return failed;
        }
    }
}
