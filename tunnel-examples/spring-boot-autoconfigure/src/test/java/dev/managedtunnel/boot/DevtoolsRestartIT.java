package dev.managedtunnel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Restarts by Spring Boot's devtools, as an IDE asks for them. */
@Timeout(120)
class DevtoolsRestartIT {
    @TempDir
    private Path dir;

    @Test
    void everyRestartHasThePortAgain() throws Exception {
        int port = TestTunnels.freePort();
        Path said = dir.resolve("said");
        Process application = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        RestartedApplication.class.getName(),
                        "--port=" + port)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(application.waitFor(90, TimeUnit.SECONDS))
                    .as(() -> read(said))
                    .isTrue();
        } finally {
            application.destroyForcibly().waitFor();
        }

        List<String> starts = IntStream.rangeClosed(1, RestartedApplication.STARTS)
                .mapToObj(start -> "start " + start + " on " + port + ", connected true, loaded by RestartClassLoader")
                .toList();
        assertThat(read(said).lines().filter(line -> line.startsWith("start "))).containsExactlyElementsOf(starts);
        try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(free.isBound()).isTrue();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
