package dev.managedtunnel.examples.benchmarks.parts;

import dev.managedtunnel.examples.benchmarks.load.Figures;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.regex.Pattern;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The program that lets JMH measure one part at a time, each time in another JVM. A command is a class and a method, and
 * {@code millis}, how long it is run, after three times as long to warm up. The figure is {@code time}, in the unit that the
 * class is annotated with.
 */
public final class PartsMain {
    private static final int WARM_UPS = 3;

    private PartsMain() {}

    /** Takes no arguments. */
    public static void main(String[] args) throws IOException {
        System.out.println("ready");
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] parts = line.split(" ", 2);
            System.out.println(answer(parts[0], Figures.parse(parts[1]).whole("millis")));
        }
    }

    private static String answer(String part, long millis) {
        OptionsBuilder options = new OptionsBuilder();
        options.include(Pattern.quote("." + part) + "$");
        options.forks(1);
        options.warmupIterations(WARM_UPS);
        options.warmupTime(TimeValue.milliseconds(millis));
        options.measurementIterations(1);
        options.measurementTime(TimeValue.milliseconds(millis));
        options.shouldFailOnError(true);
        options.verbosity(VerboseMode.SILENT);
        try {
            Collection<RunResult> results = new Runner(options).run();
            double time = results.iterator().next().getPrimaryResult().getScore();
            return "ok " + Figures.none().with("time", time);
        } catch (RunnerException e) {
            return "failed " + String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
        }
    }
}
