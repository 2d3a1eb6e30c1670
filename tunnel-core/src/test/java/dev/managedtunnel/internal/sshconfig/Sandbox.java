package dev.managedtunnel.internal.sshconfig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A machine of the tests: a home, a system directory and an environment below a temporary directory. */
final class Sandbox {
    final Path home;
    final Path system;
    final Map<String, String> environment = new HashMap<>();

    @Nullable
    Integer uid = Machine.here().uid();

    Sandbox(Path dir) {
        home = dir.resolve("home");
        system = dir.resolve("etc");
        mkdirs(home.resolve(".ssh"));
        mkdirs(system);
    }

    private static void mkdirs(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Machine machine() {
        return new Machine(home, "jane", uid, environment::get, () -> "laptop.example", system);
    }

    /** Writes a file in {@code ~/.ssh} that only its owner may change. */
    Path user(String name, String content) {
        return write(home.resolve(".ssh").resolve(name), content);
    }

    /** Writes a file of the system's directory. */
    Path system(String name, String content) {
        return write(system.resolve(name), content);
    }

    static Path write(Path file, String content) {
        try {
            mkdirs(file.getParent());
            Files.writeString(file, content);
            return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    SshConfig config() {
        return new SshConfig(machine(), null);
    }

    SshHost host(String destination) {
        return config().route(destination).get(0);
    }

    List<SshHost> route(String destination) {
        return config().route(destination);
    }
}
