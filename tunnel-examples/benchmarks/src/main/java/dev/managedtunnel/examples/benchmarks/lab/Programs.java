package dev.managedtunnel.examples.benchmarks.lab;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs of the machine. */
public final class Programs {
    /** Where servers' programs are, which are not on everyone's path. */
    private static final List<String> MORE_PLACES = List.of("/usr/sbin", "/usr/local/sbin", "/sbin");

    private Programs() {}

    /**
     * The path of a program.
     *
     * @throws IOException when it is not installed
     */
    public static String find(String name) throws IOException {
        return search(name).orElseThrow(() -> new IOException("'" + name + "' is not installed on this machine"));
    }

    /** The path of a program, if it is installed. */
    public static Optional<String> search(String name) {
        String path = System.getenv("PATH");
        Stream<String> places = Stream.concat(
                path == null ? Stream.empty() : Arrays.stream(path.split(File.pathSeparator, -1)),
                MORE_PLACES.stream());
        return places.map(place -> Path.of(place, name))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    /**
     * Runs a program.
     *
     * @return what it wrote
     * @throws IOException when its exit code is not 0
     */
    public static String output(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }
}
