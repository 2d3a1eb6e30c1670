package dev.managedtunnel.examples.observability;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Programs of Debian's package {@code prometheus}. */
final class Programs {
    private Programs() {}

    /** The path of a program. Where everything has to run a missing one is a failure, not a reason to skip. */
    static String find(String name) {
        String path = Stream.concat(
                        Arrays.stream(Objects.requireNonNullElse(System.getenv("PATH"), "")
                                .split(File.pathSeparator, -1)),
                        Stream.of("/usr/bin"))
                .map(place -> Path.of(place, name))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElse("");
        if (path.isEmpty()) {
            String problem = "no " + name + " found; install prometheus";
            if (Boolean.getBoolean("tunnel.requireAll") || "true".equalsIgnoreCase(System.getenv("CI"))) {
                throw new AssertionError("This test must not be skipped here, but " + problem);
            }
            Assumptions.abort("Skipped: " + problem);
        }
        return path;
    }

    /** What it says, if it ends well. */
    static String run(Path directory, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(command))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(String.join(" ", command) + ": " + output);
        }
        return output;
    }
}
