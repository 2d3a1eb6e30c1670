package dev.managedtunnel;

import dev.managedtunnel.EchoLoad.Attempt;
import dev.managedtunnel.EchoLoad.Result;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What an application sees while the preferred one of two uplinks loses packets in bursts: with the policy that acts on the
 * first missing answer, and with the defaults. Prints a table. {@code docs/performance.md} says how to run it.
 */
final class UplinkFigures {
    private static final int HELD = 5;

    private UplinkFigures() {}

    /** The number of minutes for each policy is the only argument. */
    public static void main(String[] args) throws Exception {
        Duration time = Duration.ofMinutes(args.length > 0 ? Long.parseLong(args[0]) : 10);
        try (UplinkLab lab = UplinkLab.create()) {
            String naive = row("acts on the first missing answer", lab, lab.naive(), time);
            String usual = row("the defaults", lab, lab.spec(), time);
            System.out.println("JDK " + Runtime.version() + ", " + time.toMinutes() + " minutes each");
            System.out.println("| policy | sessions lost | gateway left | connections | served | broken or refused"
                    + " | longest wait, s | held connections broken |");
            System.out.println("|---|---|---|---|---|---|---|---|");
            System.out.println(naive);
            System.out.println(usual);
        }
    }

    private static String row(String policy, UplinkLab lab, TunnelSpec.Builder spec, Duration time) throws Exception {
        Queue<TunnelEvent> events = new ConcurrentLinkedQueue<>();
        try (ManagedTunnel tunnel = spec.listener(events::add).build().open();
                HeldConnections held = new HeldConnections(tunnel.address());
                EchoLoad load = EchoLoad.on(tunnel.address())) {
            Thread weather = new Thread(() -> lab.bursts(time), "weather");
            weather.start();
            int broken = 0;
            while (weather.isAlive()) {
                while (held.count() < HELD) {
                    held.add();
                }
                broken += held.exchange().size();
                weather.join(Duration.ofSeconds(1).toMillis());
            }
            List<Attempt> attempts = load.finish();
            long served = attempts.stream()
                    .filter(attempt -> attempt.result() == Result.SERVED)
                    .count();
            Duration longest = attempts.stream()
                    .map(Attempt::took)
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
            return String.format(
                    Locale.ROOT,
                    "| %s | %d | %d | %d | %.2f %% | %d | %.1f | %d |",
                    policy,
                    count(events, TunnelEvent.SessionLost.class),
                    events.stream()
                            .filter(event -> event instanceof TunnelEvent.FailoverDecided decided
                                    && decided.step() == FailoverStep.LEFT)
                            .count(),
                    attempts.size(),
                    100.0 * served / attempts.size(),
                    attempts.size() - served,
                    longest.toNanos() / 1e9,
                    broken);
        }
    }

    private static long count(Queue<TunnelEvent> events, Class<? extends TunnelEvent> type) {
        return events.stream().filter(type::isInstance).count();
    }
}
