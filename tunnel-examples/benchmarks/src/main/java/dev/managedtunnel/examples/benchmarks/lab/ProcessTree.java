package dev.managedtunnel.examples.benchmarks.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A process and all that it started, as Linux counts them in /proc. On other systems everything is 0.
 *
 * @param pid the number of the process
 */
public record ProcessTree(long pid) {
    /** {@code sysconf(_SC_CLK_TCK)}, which is 100 on every Linux that Java runs on. */
    private static final double TICKS_PER_SECOND = 100;

    private static final int FIRST_TIME = 11;
    private static final int TIMES = 4;

    /**
     * The processor seconds that it took so far, in steps of 10 ms: its own, and those of its children, whether they still
     * run or have ended.
     */
    public double cpuSeconds() {
        return all().mapToDouble(ProcessTree::cpuSeconds).sum();
    }

    /** Its resident memory, in KiB. */
    public double residentKib() {
        return all().mapToDouble(each -> status(each, "VmRSS:")).sum();
    }

    /** Its threads. */
    public double threads() {
        return all().mapToDouble(each -> status(each, "Threads:")).sum();
    }

    private Stream<ProcessHandle> all() {
        return ProcessHandle.of(pid).stream().flatMap(root -> Stream.concat(root.descendants(), Stream.of(root)));
    }

    /** {@code utime stime cutime cstime}, see proc(5); the name before them may hold spaces and brackets. */
    private static double cpuSeconds(ProcessHandle process) {
        String stat = String.join(" ", lines(process, "stat"));
        if (stat.isEmpty()) {
            return 0;
        }
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        long ticks = 0;
        for (int i = 0; i < TIMES; i++) {
            ticks += Long.parseLong(fields[FIRST_TIME + i]);
        }
        return ticks / TICKS_PER_SECOND;
    }

    private static double status(ProcessHandle process, String field) {
        return lines(process, "status").stream()
                .filter(line -> line.startsWith(field))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
                .sum();
    }

    /** None when the process has just ended; its time is its parent's then. */
    private static List<String> lines(ProcessHandle process, String file) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), file));
        } catch (IOException | UncheckedIOException ended) {
            return List.of();
        }
    }
}
