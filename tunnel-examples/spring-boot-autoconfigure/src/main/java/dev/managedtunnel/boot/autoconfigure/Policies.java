package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.Algorithms;
import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.Parking;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.boot.autoconfigure.Settings.Value;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * When things are done again, and how long is waited for what. A policy of which nothing was said is left alone; of one of
 * which something was said, the rest is as in the specification that it starts from.
 */
final class Policies {
    private final Settings<TunnelProperties> settings;
    private final Supplier<TunnelSpec> before;

    /** @param before what holds without the properties; made only when needed */
    Policies(Settings<TunnelProperties> settings, Supplier<TunnelSpec> before) {
        this.settings = settings;
        this.before = before;
    }

    void apply(TunnelSpec.Builder builder) {
        keepAlive().ifPresent(builder::keepAlive);
        builder.restart(restart());
        builder.failover(failover());
        parking().ifPresent(builder::parking);
        algorithms().ifPresent(builder::algorithms);
    }

    private Optional<KeepAlive> keepAlive() {
        Settings<TunnelProperties.KeepAlive> group = settings.group("keep-alive", TunnelProperties::keepAlive);
        Optional<Value<Duration>> interval = group.find("interval", TunnelProperties.KeepAlive::interval);
        Optional<Value<Integer>> missed = group.find("missed", TunnelProperties.KeepAlive::missed);
        if (interval.isEmpty() && missed.isEmpty()) {
            return Optional.empty();
        }
        KeepAlive start = before.get().keepAlive();
        KeepAlive every =
                with(start, interval, (policy, time) -> KeepAlive.every(time).missed(policy.missed()));
        return Optional.of(with(every, missed, KeepAlive::missed));
    }

    private RestartPolicy restart() {
        Settings<TunnelProperties.Restart> group = settings.group("restart", TunnelProperties::restart);
        RestartPolicy.Builder policy = RestartPolicy.builder();
        group.apply("gate-time", TunnelProperties.Restart::gateTime, policy::gateTime);
        Optional<Value<Duration>> first = group.find("first-delay", TunnelProperties.Restart::firstDelay);
        Optional<Value<Duration>> cap = group.find("max-delay", TunnelProperties.Restart::maxDelay);
        RestartPolicy library = RestartPolicy.builder().build();
        cap.or(() -> first)
                .ifPresent(given -> given.accept(any -> policy.backoff(
                        first.map(Value::get).orElse(library.firstDelay()),
                        cap.map(Value::get).orElse(library.maxDelay()))));
        group.apply("factor", TunnelProperties.Restart::factor, policy::factor);
        group.apply("jitter", TunnelProperties.Restart::jitter, policy::jitter);
        group.apply("min-spacing", TunnelProperties.Restart::minSpacing, policy::minSpacing);
        group.apply("proven-after", TunnelProperties.Restart::provenAfter, policy::provenAfter);
        group.apply("max-starts", TunnelProperties.Restart::maxStarts, policy::maxStarts);
        group.apply("max-session-age", TunnelProperties.Restart::maxSessionAge, policy::maxSessionAge);
        group.apply("drain", TunnelProperties.Restart::drain, policy::drain);
        group.apply("fail-fast", TunnelProperties.Restart::failFast, policy::failFast);
        group.apply(
                "retry-permanent-once-up",
                TunnelProperties.Restart::retryPermanentOnceUp,
                policy::retryPermanentOnceUp);
        return policy.build();
    }

    private FailoverPolicy failover() {
        Settings<TunnelProperties.Failover> group = settings.group("failover", TunnelProperties::failover);
        FailoverPolicy library = FailoverPolicy.builder().build();
        FailoverPolicy.Builder policy = FailoverPolicy.builder();
        group.apply("fail-after", TunnelProperties.Failover::failAfter, policy::failAfter);
        group.apply("recover-after", TunnelProperties.Failover::recoverAfter, policy::recoverAfter);
        group.apply("check-every", TunnelProperties.Failover::checkEvery, policy::checkEvery);
        // The longest dwell may be below the default dwell, and the dwell above the longest by default: only what
        // results
        // has to fit.
        policy.dwell(Duration.ZERO);
        Duration halfLife = group.get(TunnelProperties.Failover::dampingHalfLife, library.dampingHalfLife());
        group.find("longest-dwell", TunnelProperties.Failover::longestDwell)
                .or(() -> group.find("damping-half-life", TunnelProperties.Failover::dampingHalfLife))
                .ifPresent(given -> given.accept(any -> policy.damping(
                        halfLife, group.get(TunnelProperties.Failover::longestDwell, library.longestDwell()))));
        group.find("dwell", TunnelProperties.Failover::dwell)
                .ifPresentOrElse(
                        given -> given.accept(policy::dwell),
                        () -> policy.dwell(shorter(
                                library.dwell(),
                                group.get(TunnelProperties.Failover::longestDwell, library.longestDwell()))));
        return policy.build();
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    private Optional<Parking> parking() {
        Settings<TunnelProperties.Parking> group = settings.group("parking", TunnelProperties::parking);
        Optional<Value<Integer>> limit = group.find("limit", TunnelProperties.Parking::limit);
        Optional<Value<Duration>> maxWait = group.find("max-wait", TunnelProperties.Parking::maxWait);
        if (limit.isEmpty() && maxWait.isEmpty()) {
            return Optional.empty();
        }
        if (limit.filter(given -> given.get() == 0).isPresent()) {
            return Optional.of(Parking.off());
        }
        Parking start = before.get().parking();
        Parking upTo = with(start, limit, (policy, most) -> Parking.upTo(most).forAtMost(policy.longest()));
        return Optional.of(with(upTo, maxWait, Parking::forAtMost));
    }

    private Optional<Algorithms> algorithms() {
        Settings<TunnelProperties.Algorithms> group = settings.group("algorithms", TunnelProperties::algorithms);
        Optional<Value<String>> keyExchange = group.find("key-exchange", TunnelProperties.Algorithms::keyExchange);
        Optional<Value<String>> hostKeys = group.find("host-keys", TunnelProperties.Algorithms::hostKeys);
        Optional<Value<String>> publicKeys = group.find("public-keys", TunnelProperties.Algorithms::publicKeys);
        Optional<Value<String>> ciphers = group.find("ciphers", TunnelProperties.Algorithms::ciphers);
        Optional<Value<String>> macs = group.find("macs", TunnelProperties.Algorithms::macs);
        if (keyExchange
                .or(() -> hostKeys)
                .or(() -> publicKeys)
                .or(() -> ciphers)
                .or(() -> macs)
                .isEmpty()) {
            return Optional.empty();
        }
        Algorithms result = before.get().algorithms();
        result = with(result, keyExchange, Algorithms::keyExchange);
        result = with(result, hostKeys, Algorithms::hostKeys);
        result = with(result, publicKeys, Algorithms::publicKeys);
        result = with(result, ciphers, Algorithms::ciphers);
        return Optional.of(with(result, macs, Algorithms::macs));
    }

    private static <T, R> R with(R start, Optional<Value<T>> value, BiFunction<R, T, R> changed) {
        return value.map(given -> given.map(any -> changed.apply(start, any))).orElse(start);
    }
}
