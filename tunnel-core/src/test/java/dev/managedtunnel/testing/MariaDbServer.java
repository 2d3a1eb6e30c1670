package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real, private MariaDB on loopback that lets everybody in; see {@link Requires#command} for where it is missing. */
public final class MariaDbServer implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final int END_SECONDS = 20;

    private final ScratchDir dir = new ScratchDir("mariadb");
    private final Path log = dir.resolve("mariadb.log");
    private final int port = FreePorts.next();
    private final Process process;

    private MariaDbServer() {
        Path data = dir.resolve("data");
        Exec.run(
                "mariadb-install-db",
                "--no-defaults",
                "--datadir=" + data,
                "--auth-root-authentication-method=normal",
                "--skip-test-db");
        try {
            process = new ProcessBuilder(List.of(
                            "mariadbd",
                            "--no-defaults",
                            "--user=" + System.getProperty("user.name"),
                            "--datadir=" + data,
                            "--socket=" + dir.resolve("socket"),
                            "--pid-file=" + dir.resolve("pid"),
                            "--bind-address=127.0.0.1",
                            "--port=" + port,
                            "--skip-grant-tables",
                            "--skip-name-resolve"))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            dir.close();
            throw new UncheckedIOException("MariaDB did not start", e);
        }
    }

    /** Starts one and waits until it takes connections. */
    public static MariaDbServer start() {
        Requires.command("mariadbd", "mariadb-server");
        MariaDbServer server = new MariaDbServer();
        try {
            Poll.until(START_LIMIT, () -> "MariaDB takes connections:\n" + server.logged(), server::answers);
        } catch (RuntimeException | AssertionError late) {
            server.close();
            throw late;
        }
        return server;
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.getInputStream().read() >= 0;
        } catch (IOException notYet) {
            return false;
        }
    }

    private String logged() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    /** Where it listens, on loopback. */
    public int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        dir.close();
    }
}
