package dev.managedtunnel.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Dropbear, the SSH server of small machines, on loopback. It reads the authorized keys of the user's home only, so it runs
 * in a mount namespace of its own with another home, as root. Skips the test where that is not possible. Its processes are
 * like those of {@link OpenSshServer}: the listener, and below it one for each connection.
 */
public final class DropbearServer implements SshServer {
    private static final Duration START_LIMIT = Duration.ofSeconds(15);

    private final ScratchDir dir = new ScratchDir("dropbear");
    private final Path log = dir.resolve("log");
    private final Path home = dir.resolve("home");
    private final Path authorizedKeys = home.resolve(".ssh/authorized_keys");
    private final SshKeys.KeyFile clientKey;
    private final List<Path> hostKeys = new ArrayList<>();
    private final List<String> publicHostKeys = new ArrayList<>();
    private final int port = FreePorts.next();
    private @Nullable Process listener;

    private DropbearServer() {
        clientKey = SshKeys.ed25519(dir.path(), "client_ed25519");
        try {
            Files.createDirectories(
                    authorizedKeys.getParent(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.createFile(
                    authorizedKeys, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.createFile(log);
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write the files of dropbear in " + dir.path(), e);
        }
        for (String type : List.of("ed25519", "ecdsa", "rsa")) {
            Path file = dir.resolve("host_" + type);
            Exec.run("dropbearkey", "-t", type, "-f", file.toString());
            hostKeys.add(file);
            publicHostKeys.add(Exec.run("dropbearkey", "-y", "-f", file.toString())
                    .lines()
                    .filter(line -> line.matches("(ssh|ecdsa)-.*"))
                    .findFirst()
                    .orElseThrow()
                    .replaceFirst("^(\\S+ \\S+).*", "$1"));
        }
        authorize(clientKey.publicLine());
    }

    /** Starts the usual server. */
    public static DropbearServer usual() {
        Requires.root();
        Requires.linux();
        Requires.command("dropbear", "dropbear-bin");
        Requires.command("dropbearkey", "dropbear-bin");
        Requires.command("unshare", "util-linux");
        DropbearServer server = new DropbearServer();
        try {
            server.start();
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    @Override
    public synchronized void start() {
        if (listener != null && listener.isAlive()) {
            return;
        }
        StringBuilder dropbear = new StringBuilder("mount --bind \"$1\" ~ && exec dropbear -F -E -m -s");
        hostKeys.forEach(key -> dropbear.append(" -r ").append(key));
        dropbear.append(" -P ").append(dir.resolve("pid")).append(" -p ").append(host() + ":" + port);
        int logged = log().length();
        try {
            Process process = new ProcessBuilder(
                            "unshare",
                            "--mount",
                            "--propagation",
                            "private",
                            "sh",
                            "-c",
                            dropbear.toString(),
                            "sh",
                            home.toString())
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            listener = process;
            Poll.until(
                    START_LIMIT,
                    () -> "dropbear does not listen; its log:\n" + log(),
                    () -> log().indexOf("Not backgrounding", logged) >= 0 || !process.isAlive());
            if (!process.isAlive()) {
                throw new IllegalStateException("dropbear ended with " + process.exitValue() + "; its log:\n" + log());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Can't start dropbear", e);
        }
    }

    @Override
    public synchronized void stop() {
        if (listener != null) {
            tree().killAll();
            listener = null;
        }
    }

    @Override
    public synchronized void killSessions() {
        tree().killDescendants();
    }

    @Override
    public synchronized void freeze() {
        tree().stopDescendants();
    }

    @Override
    public synchronized void freezeAll() {
        tree().stopAll();
    }

    @Override
    public synchronized void unfreeze() {
        tree().continueAll();
    }

    @Override
    public synchronized int sessionCount() {
        return listener == null ? 0 : tree().children().size();
    }

    private ProcessTree tree() {
        if (listener == null) {
            throw new IllegalStateException("The server is stopped");
        }
        return new ProcessTree(listener.toHandle());
    }

    @Override
    public String kind() {
        return "dropbear";
    }

    @Override
    public String host() {
        return "127.0.0.1";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String user() {
        return "root";
    }

    @Override
    public Optional<String> password() {
        return Optional.empty();
    }

    @Override
    public Path privateKey() {
        return clientKey.privateKey();
    }

    @Override
    public List<String> hostKeys() {
        return publicHostKeys;
    }

    @Override
    public synchronized void authorize(String publicKeyLine) {
        try {
            Files.writeString(authorizedKeys, publicKeyLine.strip() + "\n", StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write " + authorizedKeys, e);
        }
    }

    @Override
    public synchronized void revokeKeys() {
        try {
            Files.writeString(authorizedKeys, "");
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write " + authorizedKeys, e);
        }
    }

    /** The log of the server so far. */
    public String log() {
        return SshKeys.read(log);
    }

    @Override
    public String diagnostics() {
        return "Log of dropbear:\n" + log();
    }

    @Override
    public void close() {
        stop();
        dir.close();
    }

    @Override
    public String toString() {
        return "dropbear " + host() + ":" + port;
    }
}
