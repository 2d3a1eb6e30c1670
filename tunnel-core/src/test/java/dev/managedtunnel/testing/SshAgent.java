package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An SSH agent of OpenSSH with a socket of its own. Skips the test where there is none. */
public final class SshAgent implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String PASSPHRASE = "closed";

    private final ScratchDir dir = new ScratchDir("agent");
    private final Process process;

    private SshAgent() {
        try {
            process = new ProcessBuilder("ssh-agent", "-D", "-a", socket().toString())
                    .redirectErrorStream(true)
                    .redirectOutput(dir.resolve("log").toFile())
                    .start();
        } catch (IOException e) {
            dir.close();
            throw new UncheckedIOException("Can't start ssh-agent", e);
        }
    }

    /** Starts an agent without keys and waits until it listens. */
    public static SshAgent start() {
        Requires.command("ssh-agent", "openssh-client");
        Requires.command("ssh-add", "openssh-client");
        SshAgent agent = new SshAgent();
        Poll.until(LIMIT, () -> "ssh-agent does not listen", () -> Files.exists(agent.socket()));
        return agent;
    }

    /** Where it listens. */
    public Path socket() {
        return dir.resolve("s");
    }

    /** Adds a key without passphrase, and the certificate beside it; options of {@code ssh-add} may be given. */
    public void add(SshKeys.KeyFile key, String... options) {
        List<String> arguments = new ArrayList<>(Arrays.asList(options));
        arguments.add(key.privateKey().toString());
        sshAdd(arguments.toArray(String[]::new));
    }

    /** Shows and signs nothing until it is unlocked. */
    public void lock() {
        sshAdd("-x");
    }

    private void sshAdd(String... arguments) {
        try {
            Path askpass = dir.resolve("askpass");
            if (!Files.exists(askpass)) {
                Files.writeString(askpass, "#!/bin/sh\necho " + PASSPHRASE + "\n");
                Files.setPosixFilePermissions(askpass, PosixFilePermissions.fromString("rwx------"));
            }
            List<String> command = new ArrayList<>(List.of(
                    "env",
                    "SSH_AUTH_SOCK=" + socket(),
                    "SSH_ASKPASS=" + askpass,
                    "SSH_ASKPASS_REQUIRE=force",
                    "ssh-add",
                    "-q"));
            command.addAll(Arrays.asList(arguments));
            Exec.run(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets it stand still: it is connected to, and answers nothing. */
    public void freeze() {
        new ProcessTree(process.toHandle()).stopAll();
    }

    /** Kills it; the file of its socket stays. */
    public void kill() {
        new ProcessTree(process.toHandle()).killAll();
    }

    @Override
    public void close() {
        kill();
        dir.close();
    }
}
