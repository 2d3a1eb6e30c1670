package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.Algorithms;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.Forward;
import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.Parking;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.boot.autoconfigure.Settings.Value;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** When things are done again, and how long is waited for what. */
final class Policies {
    /** Whose policies are the library's defaults, for a property that is set without its neighbour. */
    private static final TunnelSpec LIBRARY = TunnelSpec.builder("defaults")
            .gateway("nobody@localhost")
            .credentials(Credentials.password(() -> new char[0]))
            .forward(Forward.local("localhost", 1))
            .build();

    private Policies() {}

    static void apply(Settings<TunnelProperties> settings, TunnelSpec.Builder builder) {
        builder.keepAlive(keepAlive(settings.group("keep-alive", TunnelProperties::keepAlive)));
        builder.restart(restart(settings.group("restart", TunnelProperties::restart)));
        builder.parking(parking(settings.group("parking", TunnelProperties::parking)));
        builder.algorithms(algorithms(settings.group("algorithms", TunnelProperties::algorithms)));
    }

    private static KeepAlive keepAlive(Settings<TunnelProperties.KeepAlive> settings) {
        KeepAlive result = settings.find("interval", TunnelProperties.KeepAlive::interval)
                .map(interval -> interval.map(KeepAlive::every)
                        .missed(LIBRARY.keepAlive().missed()))
                .orElse(LIBRARY.keepAlive());
        return with(result, settings.find("missed", TunnelProperties.KeepAlive::missed), KeepAlive::missed);
    }

    private static RestartPolicy restart(Settings<TunnelProperties.Restart> settings) {
        RestartPolicy.Builder policy = RestartPolicy.builder();
        settings.apply("gate-time", TunnelProperties.Restart::gateTime, policy::gateTime);
        Optional<Value<Duration>> first = settings.find("first-delay", TunnelProperties.Restart::firstDelay);
        Optional<Value<Duration>> cap = settings.find("max-delay", TunnelProperties.Restart::maxDelay);
        cap.or(() -> first)
                .ifPresent(given -> given.accept(any -> policy.backoff(
                        first.map(Value::get).orElse(LIBRARY.restart().firstDelay()),
                        cap.map(Value::get).orElse(LIBRARY.restart().maxDelay()))));
        settings.apply("factor", TunnelProperties.Restart::factor, policy::factor);
        settings.apply("jitter", TunnelProperties.Restart::jitter, policy::jitter);
        settings.apply("min-spacing", TunnelProperties.Restart::minSpacing, policy::minSpacing);
        settings.apply("proven-after", TunnelProperties.Restart::provenAfter, policy::provenAfter);
        settings.apply("max-starts", TunnelProperties.Restart::maxStarts, policy::maxStarts);
        settings.apply("max-session-age", TunnelProperties.Restart::maxSessionAge, policy::maxSessionAge);
        settings.apply("drain", TunnelProperties.Restart::drain, policy::drain);
        settings.apply("fail-fast", TunnelProperties.Restart::failFast, policy::failFast);
        settings.apply(
                "retry-permanent-once-up",
                TunnelProperties.Restart::retryPermanentOnceUp,
                policy::retryPermanentOnceUp);
        return policy.build();
    }

    private static Parking parking(Settings<TunnelProperties.Parking> settings) {
        Optional<Value<Integer>> limit = settings.find("limit", TunnelProperties.Parking::limit);
        if (limit.filter(given -> given.get() == 0).isPresent()) {
            return Parking.off();
        }
        Parking result = limit.map(given ->
                        given.map(Parking::upTo).forAtMost(LIBRARY.parking().longest()))
                .orElse(LIBRARY.parking());
        return with(result, settings.find("max-wait", TunnelProperties.Parking::maxWait), Parking::forAtMost);
    }

    private static Algorithms algorithms(Settings<TunnelProperties.Algorithms> settings) {
        Algorithms result = Algorithms.defaults();
        result = with(
                result, settings, "key-exchange", TunnelProperties.Algorithms::keyExchange, Algorithms::keyExchange);
        result = with(result, settings, "host-keys", TunnelProperties.Algorithms::hostKeys, Algorithms::hostKeys);
        result = with(result, settings, "public-keys", TunnelProperties.Algorithms::publicKeys, Algorithms::publicKeys);
        result = with(result, settings, "ciphers", TunnelProperties.Algorithms::ciphers, Algorithms::ciphers);
        return with(result, settings, "macs", TunnelProperties.Algorithms::macs, Algorithms::macs);
    }

    private static <P, R> R with(
            R start,
            Settings<P> settings,
            String property,
            Function<P, @Nullable String> getter,
            BiFunction<R, String, R> changed) {
        return with(start, settings.find(property, getter), changed);
    }

    private static <T, R> R with(R start, Optional<Value<T>> value, BiFunction<R, T, R> changed) {
        return value.map(given -> given.map(any -> changed.apply(start, any))).orElse(start);
    }
}
