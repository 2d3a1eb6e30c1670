package dev.managedtunnel.examples.benchmarks;

import dev.managedtunnel.examples.benchmarks.lab.Jdk;
import dev.managedtunnel.examples.benchmarks.lab.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Where and with what it was measured. */
final class Machine {
    private Machine() {}

    /** In one line. */
    static String describe(List<Jdk> jdks) throws IOException, InterruptedException {
        Properties versions = new Properties();
        try (InputStream file = Machine.class.getResourceAsStream("versions.properties")) {
            versions.load(file);
        }
        return "Measured on " + LocalDate.now(ZoneId.systemDefault()) + ": " + processor() + ", "
                + System.getProperty("os.name") + " "
                + System.getProperty("os.version") + ", " + Programs.output(List.of(Programs.find("ssh"), "-V"))
                + ", JDK " + jdks.stream().map(Jdk::version).collect(Collectors.joining(" and ")) + ", "
                + new TreeSet<>(versions.stringPropertyNames())
                        .stream()
                                .map(name -> name + " " + versions.getProperty(name))
                                .collect(Collectors.joining(", "))
                + ".";
    }

    private static String processor() throws IOException {
        int cores = Runtime.getRuntime().availableProcessors();
        Path info = Path.of("/proc/cpuinfo");
        String model = Files.exists(info)
                ? Files.readAllLines(info).stream()
                        .filter(line -> line.startsWith("model name"))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .findFirst()
                        .orElse("")
                : "";
        return cores + " cores" + (model.isEmpty() ? "" : " of " + model);
    }
}
