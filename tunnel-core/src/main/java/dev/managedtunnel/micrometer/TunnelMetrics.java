package dev.managedtunnel.micrometer;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelEvent;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.TunnelStatus;
import dev.managedtunnel.internal.RealTunnel;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
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
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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
        private final Map<String, List<Meter>> byForward = new HashMap<>();
        private boolean removed;

        Binding(MeterRegistry registry) {
            this.registry = registry;
            timers = new TimerRecorder(registry, tags);
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

        synchronized void sessions() {
            for (TunnelState state : TunnelState.values()) {
                Tags one = tags.and(Meters.TAG_STATE, state.name().toLowerCase(Locale.ROOT));
                gauge(
                        Meters.STATE,
                        "1 for the state the tunnel is in, 0 for the others",
                        one,
                        status -> bit(status.state() == state));
            }
            tunnel.status().startsByGateway().keySet().forEach(this::gateway);
            time(
                    Meters.RETRY_DELAY,
                    "Time until the next session start",
                    tags,
                    0,
                    status -> status.nextAttempt()
                            .map(next -> Duration.ofMillis(next.toEpochMilli()
                                    - registry.config().clock().wallTime()))
                            .filter(left -> !left.isNegative()));
            for (FailureReason reason : FailureReason.values()) {
                Tags one = tags.and(Meters.TAG_REASON, reason.tag());
                counter(
                        Meters.LOSSES,
                        "Sessions lost",
                        one,
                        status -> status.losses().getOrDefault(reason, 0L));
            }
        }

        private void gateway(Gateway gateway) {
            Tags one = tags.and(Meters.TAG_GATEWAY, gateway.toString());
            gauge(
                    Meters.SESSIONS,
                    "Sessions that take connections",
                    one,
                    status -> serving(status, gateway).count());
            time(
                    Meters.SESSION_AGE,
                    "How long the oldest session has been up",
                    one,
                    0,
                    status -> serving(status, gateway)
                            .map(TunnelStatus.Session::age)
                            .findFirst());
            time(
                    Meters.KEEPALIVE_RTT,
                    "Time to answer the oldest session's last keep-alive",
                    one,
                    Double.NaN,
                    status -> serving(status, gateway).findFirst().flatMap(TunnelStatus.Session::keepAliveRoundTrip));
            counter(
                    Meters.STARTS,
                    "Session starts",
                    one,
                    status -> status.startsByGateway().getOrDefault(gateway, 0L));
        }

        /** Registers the first meter; a registry gives the one it has where the name and all tags are taken. */
        synchronized Meter up() {
            gauge(
                    Meters.UP,
                    "1 while connections are served, else 0",
                    tags,
                    status -> bit(status.state().isServing()));
            return meters.get(0);
        }

        private List<Meter> forward(String name) {
            int before = meters.size();
            Tags forward = tags.and(Meters.TAG_FORWARD, name);
            gauge(Meters.CONNECTIONS_ACTIVE, "Connections that are established", forward, of(name, it -> it.active()));
            gauge(
                    Meters.CONNECTIONS_PARKED,
                    "Connections that wait for a session",
                    forward,
                    of(name, it -> it.parked()));
            for (ConnectionOutcome outcome : ConnectionOutcome.values()) {
                Tags one = forward.and(Meters.TAG_OUTCOME, outcome.tag());
                counter(
                        Meters.CONNECTIONS,
                        "Connections that have ended",
                        one,
                        of(name, it -> it.outcomes().getOrDefault(outcome, 0L)));
            }
            bytes(forward.and(Meters.TAG_DIRECTION, "in"), of(name, TunnelStatus.Forwarded::bytesIn));
            bytes(forward.and(Meters.TAG_DIRECTION, "out"), of(name, TunnelStatus.Forwarded::bytesOut));
            meters.addAll(timers.forward(name));
            // Kept apart from those that stay.
            List<Meter> its = meters.subList(before, meters.size());
            List<Meter> all = List.copyOf(its);
            its.clear();
            return all;
        }

        void probe(TunnelStatus.Probed any) {
            String name = any.name();
            Tags probe = tags.and(Meters.TAG_PROBE, name);
            gauge(
                    Meters.PROBE_HEALTHY,
                    "1 while the probe does not fail, else 0",
                    probe,
                    ofProbe(name, it -> bit(it.isHealthy())));
            counter(
                    Meters.PROBE_RESULTS,
                    "Checks of the probe",
                    probe.and(Meters.TAG_RESULT, "good"),
                    ofProbe(name, TunnelStatus.Probed::good));
            counter(
                    Meters.PROBE_RESULTS,
                    "Checks of the probe",
                    probe.and(Meters.TAG_RESULT, "failed"),
                    ofProbe(name, TunnelStatus.Probed::failed));
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

        private void gauge(String name, String what, Tags series, ToDoubleFunction<TunnelStatus> value) {
            meters.add(Gauge.builder(name, tunnel, it -> value.applyAsDouble(it.status()))
                    .description(what)
                    .tags(series)
                    .strongReference(true)
                    .register(registry));
        }

        private void time(
                String name,
                String what,
                Tags series,
                double without,
                Function<TunnelStatus, Optional<Duration>> value) {
            meters.add(TimeGauge.builder(
                            name,
                            tunnel,
                            TimeUnit.NANOSECONDS,
                            it -> value.apply(it.status())
                                    .map(Duration::toNanos)
                                    .map(Long::doubleValue)
                                    .orElse(without))
                    .description(what)
                    .tags(series)
                    .strongReference(true)
                    .register(registry));
        }

        private void counter(String name, String what, Tags series, ToDoubleFunction<TunnelStatus> value) {
            meters.add(FunctionCounter.builder(name, tunnel, it -> value.applyAsDouble(it.status()))
                    .description(what)
                    .tags(series)
                    .register(registry));
        }

        private void bytes(Tags series, ToDoubleFunction<TunnelStatus> value) {
            meters.add(FunctionCounter.builder(Meters.BYTES, tunnel, it -> value.applyAsDouble(it.status()))
                    .description("Payload bytes: in came through the session, out went into it")
                    .baseUnit("bytes")
                    .tags(series)
                    .register(registry));
        }
    }

    private static Stream<TunnelStatus.Session> serving(TunnelStatus status, Gateway gateway) {
        return status.sessions().stream()
                .filter(session -> !session.isRetired() && session.gateway().equals(gateway));
    }

    private static double bit(boolean is) {
        return is ? 1 : 0;
    }

    /** Reads one forward's figure out of a status. */
    private static ToDoubleFunction<TunnelStatus> of(String forward, ToDoubleFunction<TunnelStatus.Forwarded> value) {
        return status -> status.forwards().stream()
                .filter(it -> it.forward().name().equals(forward))
                .mapToDouble(value)
                .sum();
    }

    /** Reads one probe's figure out of a status. */
    private static ToDoubleFunction<TunnelStatus> ofProbe(String probe, ToDoubleFunction<TunnelStatus.Probed> value) {
        return status -> status.probes().stream()
                .filter(it -> it.name().equals(probe))
                .mapToDouble(value)
                .sum();
    }
}
