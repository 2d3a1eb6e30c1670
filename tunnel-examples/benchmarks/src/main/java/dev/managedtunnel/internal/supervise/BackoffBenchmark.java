package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.RestartPolicy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The delay of one more failure. In this package, as the library's own tests are, since the class is not public. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BackoffBenchmark {
    private static final int PROVEN_AFTER = 20;

    private final Backoff backoff =
            new Backoff(RestartPolicy.builder().build(), RandomGenerator.of("L64X128MixRandom"));
    private int failures;

    /** Streaks of 20 failures. */
    @Benchmark
    public Duration failed() {
        if (++failures % PROVEN_AFTER == 0) {
            backoff.proven();
        }
        return backoff.failed();
    }
}
