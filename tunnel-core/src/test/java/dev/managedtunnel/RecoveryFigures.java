package dev.managedtunnel;

import static org.awaitility.Awaitility.await;

import dev.managedtunnel.EchoLoad.Result;
import dev.managedtunnel.micrometer.TunnelMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * How long it takes on a warm JVM from the kill of a session's process until a connection opened after the kill is
 * served, and where the time goes. The sessions are proven at once and may start as close as they like, so that neither
 * backoff nor spacing is measured. {@code docs/performance.md} says how to run it.
 */
final class RecoveryFigures {
    private static final int KILLS = 50;
    private static final int WARM_UP = 15;
    private static final int BETWEEN = 30;
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final List<String> PHASES = List.of("resolve", "connect", "banner", "kex", "auth");

    private RecoveryFigures() {}

    /** The number of kills is the only argument. */
    public static void main(String[] args) throws Exception {
        int kills = args.length > 0 ? Integer.parseInt(args[0]) : KILLS;
        Queue<TunnelEvent> events = new ConcurrentLinkedQueue<>();
        Map<String, List<Double>> millis = new LinkedHashMap<>();
        try (OutageLab lab = OutageLab.create();
                ManagedTunnel tunnel = lab.spec(lab.echo(Fault.SESSION_KILLED))
                        .restart(RestartPolicy.builder()
                                .provenAfter(Duration.ZERO)
                                .minSpacing(Duration.ZERO)
                                .build())
                        .listener(events::add)
                        .build()
                        .open()) {
            MeterRegistry registry = new SimpleMeterRegistry();
            new TunnelMetrics(tunnel).bindTo(registry);
            try (EchoLoad load = EchoLoad.on(tunnel.address())) {
                for (int kill = 1 - WARM_UP; kill <= kills; kill++) {
                    Map<String, Double> one = kill(lab, tunnel, load, events, registry);
                    if (kill > 0) {
                        one.forEach((step, time) -> millis.computeIfAbsent(step, none -> new ArrayList<>())
                                .add(time));
                    }
                }
            }
        }
        print(System.out, kills, millis);
    }

    private static Map<String, Double> kill(
            OutageLab lab, ManagedTunnel tunnel, EchoLoad load, Queue<TunnelEvent> events, MeterRegistry registry) {
        load.openMore(BETWEEN);
        events.clear();
        long startsBefore = tunnel.status().starts();
        Map<String, Double> phasesBefore = phases(registry);
        List<ProcessHandle> session = lab.server().sessionProcesses();
        if (session.isEmpty()) {
            throw new IllegalStateException("No session to kill");
        }

        Instant killed = Instant.now();
        long killedNanos = System.nanoTime();
        session.forEach(ProcessHandle::destroyForcibly);
        load.awaitAny(LIMIT, attempt -> attempt.openedAt() > killedNanos && attempt.result() == Result.SERVED);
        await().atMost(LIMIT).until(() -> events.stream().anyMatch(TunnelEvent.SessionUp.class::isInstance));

        if (tunnel.status().starts() != startsBefore + 1) {
            throw new IllegalStateException("More than one start for one kill: " + tunnel.status());
        }
        double served = millis(load.attempts().stream()
                        .filter(attempt -> attempt.openedAt() > killedNanos && attempt.result() == Result.SERVED)
                        .mapToLong(EchoLoad.Attempt::endedAt)
                        .min()
                        .orElseThrow()
                - killedNanos);
        double lost = millis(Duration.between(killed, at(events, TunnelEvent.SessionLost.class))
                .toNanos());
        double up = millis(Duration.between(killed, at(events, TunnelEvent.SessionUp.class))
                .toNanos());
        Map<String, Double> steps = new LinkedHashMap<>();
        steps.put("kill to loss noticed", lost);
        double inPhases = 0;
        for (String phase : PHASES) {
            double took = phases(registry).get(phase) - phasesBefore.get(phase);
            inPhases += took;
            steps.put("phase " + phase, took);
        }
        steps.put("loss to up, beside the phases", up - lost - inPhases);
        steps.put("up to the first line back", served - up);
        steps.put("total: kill to the first line back", served);
        return steps;
    }

    private static Instant at(Queue<TunnelEvent> events, Class<? extends TunnelEvent> type) {
        return events.stream()
                .filter(type::isInstance)
                .findFirst()
                .orElseThrow()
                .at();
    }

    /** What the timers have added up to, in milliseconds. */
    private static Map<String, Double> phases(MeterRegistry registry) {
        Map<String, Double> sums = new LinkedHashMap<>();
        for (String phase : PHASES) {
            Timer timer = registry.get("tunnel.connect").tag("phase", phase).timer();
            sums.put(phase, timer.totalTime(TimeUnit.NANOSECONDS) / 1e6);
        }
        return sums;
    }

    private static double millis(long nanos) {
        return nanos / 1e6;
    }

    private static void print(PrintStream out, int kills, Map<String, List<Double>> millis) {
        out.println(
                "JDK " + Runtime.version() + ", " + kills + " kills after " + WARM_UP + " to warm up; milliseconds");
        out.println("| step | median | lowest | 90 % | highest |");
        out.println("|---|---|---|---|---|");
        millis.forEach((step, all) -> {
            double[] sorted = all.stream().mapToDouble(Double::doubleValue).toArray();
            Arrays.sort(sorted);
            out.printf(
                    Locale.ROOT,
                    "| %s | %.1f | %.1f | %.1f | %.1f |%n",
                    step,
                    sorted[sorted.length / 2],
                    sorted[0],
                    sorted[Math.min(sorted.length - 1, sorted.length * 9 / 10)],
                    sorted[sorted.length - 1]);
        });
    }
}
