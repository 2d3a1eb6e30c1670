package dev.managedtunnel.internal.sshconfig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What this machine and process add to a configuration: defaults, and the values of tokens. A test gives its own.
 *
 * @param uid the process's numeric user, or null where that can't be told
 */
record Machine(
        Path home,
        String user,
        @Nullable Integer uid,
        Function<String, @Nullable String> environment,
        Supplier<String> hostName,
        Path systemDirectory) {

    static Machine here() {
        Path home = Path.of(System.getProperty("user.home", ""));
        return new Machine(
                home,
                System.getProperty("user.name", ""),
                uidOf(home),
                System::getenv,
                Machine::systemHostName,
                Path.of("/etc/ssh"));
    }

    Path userDirectory() {
        return home.resolve(".ssh");
    }

    /** The JDK has no call for it, but a process owns its directory in /proc, and a user their home. */
    private static @Nullable Integer uidOf(Path home) {
        for (Path owned : List.of(Path.of("/proc/self"), home)) {
            try {
                return (Integer) Files.getAttribute(owned, "unix:uid");
            } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
                // the next one
            }
        }
        return null;
    }

    /** The kernel's name where it shows it, since the JDK would ask a name server. */
    private static String systemHostName() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException notLinux) {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (IOException e) {
                throw new UncheckedIOException("this machine does not know its own name", e);
            }
        }
    }
}
