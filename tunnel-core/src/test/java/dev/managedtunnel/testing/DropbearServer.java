package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * Dropbear, the SSH server of small machines, on loopback. It reads the authorized keys of the user's home only, so it runs
 * in a mount namespace of its own with another home, as root. Skips the test where that is not possible. Its processes are
 * like those of {@link OpenSshServer}: the listener, and below it one for each connection.
 */
public final class DropbearServer extends ProcessServer {
    private final Path home = dir.resolve("home");
    private final List<Path> hostKeys = new ArrayList<>();
    private final List<String> publicHostKeys = new ArrayList<>();

    private DropbearServer() {
        super("dropbear", "home/.ssh/authorized_keys");
        try {
            Files.createDirectories(
                    authorizedKeys.getParent(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.createFile(
                    authorizedKeys, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write the files of dropbear in " + dir.path(), e);
        }
        for (String type : List.of("ed25519", "ecdsa", "rsa")) {
            Path file = dir.resolve("host_" + type);
            Exec.run("dropbearkey", "-t", type, "-f", file.toString());
            hostKeys.add(file);
            publicHostKeys.add(withoutComment(Exec.run("dropbearkey", "-y", "-f", file.toString())
                    .lines()
                    .filter(line -> line.matches("(ssh|ecdsa)-.*"))
                    .findFirst()
                    .orElseThrow()));
        }
        authorizeClient();
    }

    /** Starts the usual server. */
    public static DropbearServer usual() {
        Requires.root();
        Requires.linux();
        Requires.command("dropbear", "dropbear-bin");
        Requires.command("dropbearkey", "dropbear-bin");
        Requires.command("unshare", "util-linux");
        DropbearServer server = new DropbearServer();
        server.startOrClose();
        return server;
    }

    @Override
    List<String> command() {
        StringBuilder dropbear = new StringBuilder("mount --bind \"$1\" ~ && exec dropbear -F -E -m -s");
        hostKeys.forEach(key -> dropbear.append(" -r ").append(key));
        dropbear.append(" -P ").append(dir.resolve("pid")).append(" -p ").append(host() + ":" + port());
        return List.of(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                dropbear.toString(),
                "sh",
                home.toString());
    }

    @Override
    String ready() {
        return "Not backgrounding";
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
    public String user() {
        return "root";
    }

    @Override
    public List<String> hostKeys() {
        return publicHostKeys;
    }
}
