package dev.managedtunnel.micrometer;

import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Registers meters that read a tunnel's status. */
final class StatusMeters {
    private final ManagedTunnel tunnel;
    private final MeterRegistry registry;
    private final List<Meter> registered;

    /** @param registered gets each of them */
    StatusMeters(ManagedTunnel tunnel, MeterRegistry registry, List<Meter> registered) {
        this.tunnel = tunnel;
        this.registry = registry;
        this.registered = registered;
    }

    /** @param unit null for those that are 0 or 1 */
    void gauge(String name, @Nullable String unit, String what, Tags series, ToDoubleFunction<TunnelStatus> value) {
        registered.add(Gauge.builder(name, tunnel, it -> value.applyAsDouble(it.status()))
                .description(what)
                .baseUnit(unit)
                .tags(series)
                .strongReference(true)
                .register(registry));
    }

    /** @param without what it reads while there is no such time */
    void time(String name, String what, Tags series, double without, Function<TunnelStatus, Optional<Duration>> value) {
        registered.add(TimeGauge.builder(
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

    void counter(String name, String unit, String what, Tags series, ToDoubleFunction<TunnelStatus> value) {
        registered.add(FunctionCounter.builder(name, tunnel, it -> value.applyAsDouble(it.status()))
                .description(what)
                .baseUnit(unit)
                .tags(series)
                .register(registry));
    }

    /** Reads one forward's figure out of a status. */
    static ToDoubleFunction<TunnelStatus> of(String forward, ToDoubleFunction<TunnelStatus.Forwarded> value) {
        return status -> status.forwards().stream()
                .filter(it -> it.forward().name().equals(forward))
                .mapToDouble(value)
                .sum();
    }

    /** Reads one probe's figure out of a status. */
    static ToDoubleFunction<TunnelStatus> ofProbe(String probe, ToDoubleFunction<TunnelStatus.Probed> value) {
        return status -> status.probes().stream()
                .filter(it -> it.name().equals(probe))
                .mapToDouble(value)
                .sum();
    }
}
