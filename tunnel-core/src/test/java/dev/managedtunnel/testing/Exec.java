package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a command to its end, within a limit; for the system tools that fixtures are made of. */
final class Exec {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private Exec() {}

    /** The outcome of a command; the output holds standard output and standard error as they came. */
    record Result(List<String> command, int exitCode, String output) {
        boolean ok() {
            return exitCode == 0;
        }
    }

    /** Runs a command that has to succeed and returns what it wrote. */
    static String run(String... command) {
        return run(Arrays.asList(command));
    }

    /** Runs a command that has to succeed and returns what it wrote. */
    static String run(List<String> command) {
        Result result = attempt(command);
        if (!result.ok()) {
            throw new IllegalStateException("Exit code " + result.exitCode() + " of " + String.join(" ", command)
                    + (result.output().isBlank() ? "" : ":\n" + result.output().strip()));
        }
        return result.output();
    }

    /** Runs a command that may fail. */
    static Result attempt(String... command) {
        return attempt(Arrays.asList(command));
    }

    /** Runs a command that may fail; one that does not exist counts as failed with exit code 127. */
    static Result attempt(List<String> command) {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            return new Result(command, 127, String.valueOf(e.getMessage()));
        }
        try (InputStream output = process.getInputStream()) {
            process.getOutputStream().close();
            Thread killer = new Thread(() -> killWhenLate(process), "fixture-exec-limit");
            killer.setDaemon(true);
            killer.start();
            String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            int exitCode = process.waitFor();
            killer.join();
            return new Result(command, exitCode, text);
        } catch (IOException e) {
            throw new UncheckedIOException("Lost the output of " + String.join(" ", command), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while running " + String.join(" ", command), e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static void killWhenLate(Process process) {
        try {
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
