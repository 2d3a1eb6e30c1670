package dev.managedtunnel.examples.benchmarks.lab;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A process that was started for the measuring. It gets commands on its standard input and answers each with a line on its
 * standard output that begins with {@code ready}, {@code ok} or {@code failed}; it ends when its input ends. What it writes to its standard error goes to a log file. Not thread-safe.
 */
public final class Child implements AutoCloseable {
    private static final Pattern ANSWER = Pattern.compile("(ready|ok|failed)\\b");
    private static final String END = "\0";
    private static final int CLOSE_SECONDS = 5;

    private final String name;
    private final Path log;
    private final Process process;
    private final Writer commands;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    private Child(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
        commands = process.outputWriter(StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "answers-of-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a process. */
    public static Child start(String name, Path log, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectError(ProcessBuilder.Redirect.appendTo(new File(log.toString())));
        return new Child(name, log, builder.start());
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (ANSWER.matcher(line).lookingAt()) {
                    answers.add(line);
                }
            }
        } catch (IOException gone) {
            // as at its end
        }
        answers.add(END);
    }

    /** Sends a command and returns the answer. */
    public String ask(String command, Duration limit) throws IOException, InterruptedException {
        answers.clear();
        commands.write(command + "\n");
        commands.flush();
        return answer(limit);
    }

    /** Its next answer. Other lines, which a library may print, are skipped. */
    public String answer(Duration limit) throws IOException, InterruptedException {
        String line = answers.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
        if (line == null) {
            throw new IOException(name + " did not answer within " + limit.toSeconds() + " s; see " + log);
        }
        if (line.equals(END)) {
            throw new IOException(name + " has ended; see " + log);
        }
        return line;
    }

    /** The number of the process. */
    public long pid() {
        return process.pid();
    }

    /** False when it has ended. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Ends it: asks it to, by the end of its input, and forces it when it does not go. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
        } catch (IOException gone) {
            // it may have ended by itself
        }
        if (!isGone(CLOSE_SECONDS)) {
            end();
        }
    }

    /** Ends it at once. */
    void end() {
        process.destroy();
        if (!isGone(CLOSE_SECONDS)) {
            process.destroyForcibly();
        }
    }

    private boolean isGone(int seconds) {
        try {
            return process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
