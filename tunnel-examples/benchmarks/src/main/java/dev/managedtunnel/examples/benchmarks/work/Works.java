package dev.managedtunnel.examples.benchmarks.work;

import java.util.List;

/** All works, in the order of the table. A new one needs a line here, or a class when it is more than a load. */
public final class Works {
    private static final int AT_ONCE = 8;
    /** A little more than the time after which this library lets go of what it keeps for the next connection. */
    private static final int REST_SECONDS = 6;

    private static final int WARM_UP_SECONDS = 2;

    private Works() {}

    /** The works at this scale. */
    public static List<Work> all(Scale scale) {
        int count = scale.count();
        return List.of(
                transfer("up", "upload", scale),
                transfer("down", "download", scale),
                both(scale),
                latency("ping", "ping-pong of 64 B", "ping count=" + count),
                latency("push", "64 B pushed every 3 ms, one way", "push micros=3000 count=" + count / 8),
                connections("sequential", "open, echo, close: one by one", 1, count, scale),
                connections("parallel", "open, echo, close: 32 at once", 32, count, scale),
                far("up", "upload", 50, scale),
                far("down", "download", 50, scale),
                far("up", "upload", 100, scale),
                far("down", "download", 100, scale),
                stalled(count),
                new IdleWork(count / 8, Math.min(REST_SECONDS, count / 1000)),
                new OpenWork(),
                new PgbenchWork(count / 4),
                part("loop-ping", "forward loop, 64 B there and back", "ForwardLoop.pingPong", scale),
                part("loop-up", "forward loop, 32 KiB up", "ForwardLoop.upload", scale),
                part("loop-down", "forward loop, 32 KiB down", "ForwardLoop.download", scale),
                part("parking", "parking, each of 200 connections", "ParkedConnections.parkAndServe", scale),
                part("backoff", "backoff, one delay", "BackoffBenchmark.failed", scale));
    }

    private static LoadWork transfer(String name, String title, Scale scale) {
        return rate(name, title, name + bulk(scale.bytes(), scale.seconds()));
    }

    /** Its warm-up is shorter: for some clients the work itself takes a minute. */
    private static LoadWork far(String name, String title, int roundTripMillis, Scale scale) {
        List<Measure> measures = List.of(new Measure("rate", title + " over " + roundTripMillis + " ms", "MB/s"));
        String warmUp = name + bulk(scale.bytes(), Math.min(scale.seconds(), WARM_UP_SECONDS));
        return new LoadWork(name + roundTripMillis, measures, warmUp, name + bulk(scale.bytes(), scale.seconds()))
                .at(roundTripMillis);
    }

    private static LoadWork both(Scale scale) {
        String command = "both" + bulk(scale.bytes() / AT_ONCE, scale.seconds()) + " connections=" + AT_ONCE;
        return rate("both", "8 connections, both ways", command);
    }

    private static String bulk(long bytes, long seconds) {
        return " bytes=" + bytes + " seconds=" + seconds;
    }

    private static LoadWork rate(String name, String title, String command) {
        return new LoadWork(name, List.of(new Measure("rate", title, "MB/s")), command, command);
    }

    private static LoadWork latency(String name, String title, String command) {
        List<Measure> measures =
                List.of(new Measure("p50", title + ", p50", "µs"), new Measure("p99", title + ", p99", "µs"));
        return new LoadWork(name, measures, command, command);
    }

    private static LoadWork connections(String name, String title, int parallel, int count, Scale scale) {
        String command = "connections count=" + count + " parallel=" + parallel + " seconds=" + scale.seconds();
        return new LoadWork(name, List.of(new Measure("rate", title, "1/s")), command, command);
    }

    private static PartWork part(String name, String title, String part, Scale scale) {
        return new PartWork(name, title, part, scale.partMillis());
    }

    private static LoadWork stalled(int count) {
        List<Measure> measures = List.of(
                new Measure("p99", "echo beside a stalled reader, p99", "µs"),
                new Measure("ratio", "echo beside a stalled reader, p99 to that alone", ""));
        return new LoadWork("stalled", measures, "ping count=" + count, "stalled millis=1000 count=" + count)
                .withFreshClient();
    }
}
