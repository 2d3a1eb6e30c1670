package dev.managedtunnel.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An SSH server that is a process of its own: the listener, and below it a process or more for each session. */
abstract class ProcessServer implements SshServer {
    private static final Duration START_LIMIT = Duration.ofSeconds(15);

    final ScratchDir dir;
    final Path log;
    final Path authorizedKeys;

    private final String program;
    private final SshKeys.KeyFile clientKey;
    private final int port = FreePorts.next();
    private @Nullable Process listener;

    /** @param authorizedKeys the path of that file below the server's directory */
    ProcessServer(String program, String authorizedKeys) {
        this.program = program;
        dir = new ScratchDir(program);
        log = dir.resolve("log");
        this.authorizedKeys = dir.resolve(authorizedKeys);
        clientKey = SshKeys.ed25519(dir.path(), "client_ed25519");
        try {
            Files.createFile(log);
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write the files of " + program + " in " + dir.path(), e);
        }
    }

    /** The command that becomes the listener. */
    abstract List<String> command();

    /** What it logs when it listens. */
    abstract String ready();

    /** Lets the usual client key log in. */
    final void authorizeClient() {
        authorize(clientKey.publicLine());
    }

    /** Starts it for the first time; leaves nothing behind when that fails. */
    final void startOrClose() {
        try {
            start();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public final synchronized void start() {
        if (listener != null && listener.isAlive()) {
            return;
        }
        int logged = log().length();
        try {
            Process process = new ProcessBuilder(command())
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            listener = process;
            Poll.until(
                    START_LIMIT,
                    () -> program + " does not listen; its log:\n" + log(),
                    () -> log().indexOf(ready(), logged) >= 0 || !process.isAlive());
            if (!process.isAlive()) {
                throw new IllegalStateException(
                        program + " ended with " + process.exitValue() + "; its log:\n" + log());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Can't start " + program, e);
        }
    }

    @Override
    public final synchronized void stop() {
        if (listener != null) {
            tree().killAll();
            listener = null;
        }
    }

    @Override
    public final synchronized void killSessions() {
        tree().killDescendants();
    }

    @Override
    public final synchronized void freeze() {
        tree().stopDescendants();
    }

    @Override
    public final synchronized void freezeAll() {
        tree().stopAll();
    }

    @Override
    public final synchronized void unfreeze() {
        tree().continueAll();
    }

    @Override
    public final synchronized int sessionCount() {
        return listener == null ? 0 : tree().children().size();
    }

    /** The processes of all sessions, for a test that has to know to the millisecond when it killed one. */
    public final synchronized List<ProcessHandle> sessionProcesses() {
        return listener == null ? List.of() : tree().descendants();
    }

    private ProcessTree tree() {
        if (listener == null) {
            throw new IllegalStateException("The server is stopped");
        }
        return new ProcessTree(listener.toHandle());
    }

    @Override
    public final int port() {
        return port;
    }

    @Override
    public final Optional<String> password() {
        return Optional.empty();
    }

    @Override
    public final Path privateKey() {
        return clientKey.privateKey();
    }

    /** Without its comment, if it has one. */
    static String withoutComment(String publicLine) {
        return publicLine.replaceFirst("^(\\S+ \\S+).*", "$1");
    }

    @Override
    public final synchronized void authorize(String publicKeyLine) {
        try {
            Files.writeString(authorizedKeys, publicKeyLine.strip() + "\n", StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write " + authorizedKeys, e);
        }
    }

    @Override
    public final synchronized void revokeKeys() {
        try {
            Files.writeString(authorizedKeys, "");
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write " + authorizedKeys, e);
        }
    }

    /** The log of the server so far. */
    public final String log() {
        return SshKeys.read(log);
    }

    @Override
    public final String diagnostics() {
        return "Log of " + program + ":\n" + log();
    }

    @Override
    public void close() {
        stop();
        dir.close();
    }

    @Override
    public final String toString() {
        return program + " " + host() + ":" + port;
    }
}
