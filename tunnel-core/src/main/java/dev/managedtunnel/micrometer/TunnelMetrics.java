package dev.managedtunnel.micrometer;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.RealTunnel;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The meters of one tunnel: {@code new TunnelMetrics(tunnel).bindTo(registry)}. Every series exists from the start, so
 * that a rate has a zero to rise from, and all of them are removed when the tunnel is closed; those of one forward come and
 * go with it. What each meter means is
 * in {@code docs/metrics.md}. Needs {@code micrometer-core}, which the library does not bring along. Thread-safe.
 */
public final class TunnelMetrics implements MeterBinder {
    /** By the first meter of each binding, until it is removed. */
    private static final Map<Meter, ManagedTunnel> OWNERS = Collections.synchronizedMap(new IdentityHashMap<>());

    private final ManagedTunnel tunnel;
    private final Tags tags;

    /** Meters with the tag {@code tunnel}, the tunnel's name. */
    public TunnelMetrics(ManagedTunnel tunnel) {
        this(tunnel, Tags.empty());
    }

    /** Meters with these tags too, such as the application's name. */
    public TunnelMetrics(ManagedTunnel tunnel, Tags more) {
        this.tunnel = tunnel;
        tags = more.and(Meters.TAG_TUNNEL, tunnel.name());
    }

    /**
     * Registers the meters; once more does nothing.
     *
     * @throws IllegalStateException when another tunnel of that name has its meters there, with the same tags. They would
     *     go on to show that tunnel's figures.
     */
    @Override
    public void bindTo(MeterRegistry registry) {
        Binding binding = new Binding(registry);
        ManagedTunnel owner = OWNERS.putIfAbsent(binding.up(), tunnel);
        if (owner == tunnel) {
            return;
        }
        if (owner != null) {
            throw new IllegalStateException("tunnel metrics: another tunnel '" + tunnel.name()
                    + "' has its meters in this registry; close it first, rename one, or tell them apart with"
                    + " new TunnelMetrics(tunnel, tags)");
        }
        binding.sessions();
        tunnel.status().probes().forEach(binding::probe);
        binding.timers();
        tunnel.addListener(event -> {
            if (event instanceof TunnelEvent.StateChanged changed && changed.to() == TunnelState.CLOSED) {
                binding.remove();
            } else if (event instanceof TunnelEvent.ForwardAdded || event instanceof TunnelEvent.ForwardRemoved) {
                binding.forwards();
            }
        });
        // Now that nothing that happens is missed.
        binding.forwards();
        if (tunnel.state() == TunnelState.CLOSED) {
            // Closed before the listener was there: nobody else would remove them.
            binding.remove();
        }
    }

    /** What was registered in one registry. Thread-safe. */
    private final class Binding {
        private final MeterRegistry registry;
        private final TimerRecorder timers;

        // Guarded by this.
        private final List<Meter> meters = new ArrayList<>();
        private final StatusMeters status;
        private final Map<String, List<Meter>> byForward = new HashMap<>();
        private boolean removed;

        Binding(MeterRegistry registry) {
            this.registry = registry;
            timers = new TimerRecorder(registry, tags);
            status = new StatusMeters(tunnel, registry, meters);
        }

        /** Has meters for the forwards that there are, and for no others. */
        synchronized void forwards() {
            if (removed) {
                return;
            }
            Set<String> there = tunnel.status().forwards().stream()
                    .map(forwarded -> forwarded.forward().name())
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            byForward.entrySet().removeIf(entry -> {
                boolean gone = !there.contains(entry.getKey());
                if (gone) {
                    timers.forget(entry.getKey());
                    entry.getValue().forEach(registry::remove);
                }
                return gone;
            });
            there.forEach(name -> byForward.computeIfAbsent(name, this::forward));
        }

        /** Registers the first meter; a registry gives the one it has where the name and all tags are taken. */
        synchronized Meter up() {
            status.gauge(
                    Meters.UP,
                    null,
                    "1 while connections are served, else 0",
                    tags,
                    now -> bit(now.state().isServing()));
            return meters.get(0);
        }

        synchronized void sessions() {
            for (TunnelState state : TunnelState.values()) {
                Tags one = tags.and(Meters.TAG_STATE, state.name().toLowerCase(Locale.ROOT));
                status.gauge(
                        Meters.STATE,
                        null,
                        "1 for the state the tunnel is in, 0 for the others",
                        one,
                        now -> bit(now.state() == state));
            }
            status.time(
                    Meters.STATE_AGE,
                    "How long the tunnel has been in its state",
                    tags,
                    0,
                    now -> passed(now.since(), wallTime()));
            tunnel.status().startsByGateway().keySet().forEach(this::gateway);
            status.time(
                    Meters.RETRY_DELAY,
                    "Time until the next session start",
                    tags,
                    0,
                    now -> now.nextAttempt().flatMap(next -> passed(wallTime(), next)));
            for (FailureReason reason : FailureReason.values()) {
                Tags one = tags.and(Meters.TAG_REASON, reason.tag());
                status.gauge(
                        Meters.LAST_FAILURE,
                        null,
                        "1 for the reason of the last failure, 0 for the others",
                        one,
                        now -> bit(now.lastFailure()
                                .filter(why -> why.reason() == reason)
                                .isPresent()));
                status.counter(
                        Meters.START_FAILURES,
                        "failures",
                        "Session starts that failed",
                        one,
                        now -> now.startFailures().getOrDefault(reason, 0L));
                status.counter(
                        Meters.LOSSES,
                        "losses",
                        "Sessions lost",
                        one,
                        now -> now.losses().getOrDefault(reason, 0L));
            }
        }

        private Instant wallTime() {
            return Instant.ofEpochMilli(registry.config().clock().wallTime());
        }

        private void gateway(Gateway gateway) {
            Tags one = tags.and(Meters.TAG_GATEWAY, gateway.toString());
            status.gauge(
                    Meters.SESSIONS,
                    "sessions",
                    "Sessions that take connections",
                    one,
                    now -> serving(now, gateway).count());
            status.time(
                    Meters.SESSION_AGE,
                    "How long the oldest session has been up",
                    one,
                    0,
                    now -> serving(now, gateway).map(TunnelStatus.Session::age).findFirst());
            status.time(
                    Meters.KEEPALIVE_RTT,
                    "Time to answer the oldest session's last keep-alive",
                    one,
                    Double.NaN,
                    now -> serving(now, gateway).findFirst().flatMap(TunnelStatus.Session::keepAliveRoundTrip));
            status.counter(
                    Meters.STARTS,
                    "starts",
                    "Session starts, failed ones included",
                    one,
                    now -> now.startsByGateway().getOrDefault(gateway, 0L));
        }

        private List<Meter> forward(String name) {
            int before = meters.size();
            Tags forward = tags.and(Meters.TAG_FORWARD, name);
            status.gauge(
                    Meters.CONNECTIONS_ACTIVE,
                    "connections",
                    "Connections that are established",
                    forward,
                    StatusMeters.of(name, it -> it.active()));
            status.gauge(
                    Meters.CONNECTIONS_PARKED,
                    "connections",
                    "Connections that wait for a session",
                    forward,
                    StatusMeters.of(name, it -> it.parked()));
            for (ConnectionOutcome outcome : ConnectionOutcome.values()) {
                status.counter(
                        Meters.CONNECTIONS,
                        "connections",
                        "Connections that have ended",
                        forward.and(Meters.TAG_OUTCOME, outcome.tag()),
                        StatusMeters.of(name, it -> it.outcomes().getOrDefault(outcome, 0L)));
            }
            bytes(forward.and(Meters.TAG_DIRECTION, "in"), name, TunnelStatus.Forwarded::bytesIn);
            bytes(forward.and(Meters.TAG_DIRECTION, "out"), name, TunnelStatus.Forwarded::bytesOut);
            meters.addAll(timers.forward(name));
            // Kept apart from those that stay.
            List<Meter> its = meters.subList(before, meters.size());
            List<Meter> all = List.copyOf(its);
            its.clear();
            return all;
        }

        private void bytes(Tags series, String forward, ToDoubleFunction<TunnelStatus.Forwarded> value) {
            status.counter(
                    Meters.BYTES,
                    "bytes",
                    "Payload bytes: in came through the session, out went into it",
                    series,
                    StatusMeters.of(forward, value));
        }

        void probe(TunnelStatus.Probed any) {
            String name = any.name();
            Tags probe = tags.and(Meters.TAG_PROBE, name);
            status.gauge(
                    Meters.PROBE_HEALTHY,
                    null,
                    "1 while the probe does not fail, else 0",
                    probe,
                    StatusMeters.ofProbe(name, it -> bit(it.isHealthy())));
            checks(probe.and(Meters.TAG_RESULT, "good"), name, TunnelStatus.Probed::good);
            checks(probe.and(Meters.TAG_RESULT, "failed"), name, TunnelStatus.Probed::failed);
        }

        private void checks(Tags series, String probe, ToDoubleFunction<TunnelStatus.Probed> value) {
            status.counter(
                    Meters.PROBE_RESULTS, "results", "Checks of the probe", series, StatusMeters.ofProbe(probe, value));
        }

        synchronized void timers() {
            meters.addAll(timers.sessions());
            if (tunnel instanceof RealTunnel real) {
                real.addRecorder(timers);
            }
        }

        synchronized void remove() {
            if (removed) {
                return;
            }
            removed = true;
            if (tunnel instanceof RealTunnel real) {
                real.removeRecorder(timers);
            }
            meters.forEach(registry::remove);
            byForward.values().forEach(its -> its.forEach(registry::remove));
            OWNERS.remove(meters.get(0));
        }
    }

    private static Stream<TunnelStatus.Session> serving(TunnelStatus status, Gateway gateway) {
        return status.sessions().stream()
                .filter(session -> !session.isRetired() && session.gateway().equals(gateway));
    }

    /** Empty when that is still to come. */
    private static Optional<Duration> passed(Instant from, Instant to) {
        return Optional.of(Duration.between(from, to)).filter(time -> !time.isNegative());
    }

    private static double bit(boolean is) {
        return is ? 1 : 0;
    }
}
