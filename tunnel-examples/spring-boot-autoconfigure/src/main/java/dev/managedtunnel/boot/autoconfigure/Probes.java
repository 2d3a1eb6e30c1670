package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.Probe;
import dev.managedtunnel.boot.autoconfigure.Settings.Value;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** The probes. */
final class Probes {
    private Probes() {}

    /** All of them, in their order. */
    static List<Value<Probe>> of(Settings<TunnelProperties> settings) {
        return settings.first(properties -> !properties.probes().isEmpty())
                .map(Probes::ofOneLevel)
                .orElse(List.of());
    }

    private static List<Value<Probe>> ofOneLevel(Settings<TunnelProperties> settings) {
        List<ProbeProperties> all = settings.properties().probes();
        return IntStream.range(0, all.size())
                .mapToObj(i -> {
                    String name = settings.name("probes[" + i + "]");
                    return new Value<>(name, probe(Settings.of(name, all.get(i))));
                })
                .toList();
    }

    private static Probe probe(Settings<ProbeProperties> settings) {
        Probe probe = kind(settings);
        probe = with(probe, settings.find("name", ProbeProperties::name), Probe::named);
        probe = with(probe, settings.find("every", ProbeProperties::every), Probe::every);
        probe = with(probe, settings.find("timeout", ProbeProperties::timeout), Probe::timeout);
        int failures = settings.get(ProbeProperties::failAfter, probe.failures());
        int window = settings.get(ProbeProperties::window, Math.max(failures, probe.window()));
        Optional<Value<Integer>> count = settings.find("fail-after", ProbeProperties::failAfter)
                .or(() -> settings.find("window", ProbeProperties::window));
        probe = with(probe, count, (made, any) -> made.failAfter(failures, window));
        probe = with(probe, settings.find("recover-after", ProbeProperties::recoverAfter), Probe::recoverAfter);
        return with(
                probe,
                settings.find("restart-session", ProbeProperties::restartSession),
                (made, restarts) -> restarts ? made.restartSession() : made);
    }

    private static Probe kind(Settings<ProbeProperties> settings) {
        ProbeProperties given = settings.properties();
        settings.atMostOneOf(entries -> {
            entries.put("connect", given.connect());
            entries.put("echo", given.echo());
            entries.put("echo-loop", given.echoLoop());
        });
        if (Boolean.TRUE.equals(given.echoLoop())) {
            return Probe.echoLoop();
        }
        return settings.find("echo", ProbeProperties::echo)
                .map(target -> target.map(text -> Probe.echo(Endpoints.parse(text))))
                .or(() -> settings.find("connect", ProbeProperties::connect)
                        .map(target -> target.map(text -> Probe.connect(Endpoints.parse(text)))))
                .orElseThrow(() -> new TunnelPropertyException(
                        settings.name("connect"), "it is missing; give what is to be reached, as host:port"));
    }

    private static <T> Probe with(Probe probe, Optional<Value<T>> value, BiFunction<Probe, T, Probe> changed) {
        return value.map(given -> given.map(any -> changed.apply(probe, any))).orElse(probe);
    }
}
