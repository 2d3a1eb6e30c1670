package dev.managedtunnel.examples.benchmarks.work;

import java.util.List;

/** All works, in the order of the table. A new one needs a line here, or a class when it is more than a load. */
public final class Works {
    private static final int AT_ONCE = 8;

    private Works() {}

    /** The works at this scale. */
    public static List<Work> all(Scale scale) {
        String bulk = "bytes=" + scale.bytes() + " seconds=" + scale.seconds();
        String part = "bytes=" + scale.bytes() / AT_ONCE + " seconds=" + scale.seconds() + " connections=" + AT_ONCE;
        String count = "count=" + scale.count();
        String few = "count=" + scale.count() / 2;
        return List.of(
                rate("up", "upload", "up " + bulk, "up " + bulk),
                rate("down", "download", "down " + bulk, "down " + bulk),
                rate("both", "8 connections, both ways", "both " + part, "both " + part),
                latency("ping", "ping-pong of 64 B", "ping " + few, "ping " + count),
                latency("push", "64 B pushed every 3 ms, one way", "push micros=3000 count=200", push(scale)),
                connections("sequential", "open, echo, close: one by one", 1, scale),
                connections("parallel", "open, echo, close: 32 at once", 32, scale));
    }

    private static Work rate(String name, String title, String warmUp, String command) {
        return new LoadWork(name, List.of(new Measure("rate", title, "MB/s")), warmUp, command, false);
    }

    private static Work latency(String name, String title, String warmUp, String command) {
        return new LoadWork(
                name,
                List.of(new Measure("p50", title + ", p50", "µs"), new Measure("p99", title + ", p99", "µs")),
                warmUp,
                command,
                false);
    }

    private static Work connections(String name, String title, int parallel, Scale scale) {
        String settings = " parallel=" + parallel + " seconds=" + scale.seconds();
        return new LoadWork(
                name,
                List.of(new Measure("rate", title, "1/s")),
                "connections count=" + scale.count() / 4 + settings,
                "connections count=" + scale.count() / 4 + settings,
                false);
    }

    private static String push(Scale scale) {
        return "push micros=3000 count=" + scale.count() / 4;
    }
}
