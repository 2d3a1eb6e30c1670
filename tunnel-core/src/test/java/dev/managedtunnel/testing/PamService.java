package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A PAM service of its own for an {@link OpenSshServer}: it shows a line, asks every user for a secret and accepts one. For
 * sshd a service is called like its program, so there is a link to sshd of that name. Needs root; skips the test otherwise.
 */
final class PamService implements AutoCloseable {
    private final ScratchDir dir = new ScratchDir("pam");
    private final Path program =
            dir.resolve("sshd-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    private final Path service = Path.of("/etc/pam.d").resolve(program.getFileName());

    PamService(String line, String secret) {
        Requires.root();
        Requires.linux();
        Requires.require(Files.isDirectory(service.getParent()) ? null : "no PAM found", "install libpam-modules");
        try {
            Files.createSymbolicLink(program, Requires.find("sshd"));
            Path shown = Files.writeString(dir.resolve("line"), line + "\n");
            Path check = Files.writeString(
                    dir.resolve("check"), "#!/bin/sh\nread -r given\n[ \"$given\" = '" + secret + "' ]\n");
            Files.setPosixFilePermissions(check, PosixFilePermissions.fromString("rwx------"));
            Files.write(
                    service,
                    List.of(
                            "auth optional pam_echo.so file=" + shown,
                            "auth required pam_exec.so expose_authtok quiet " + check,
                            "auth required pam_permit.so",
                            "account required pam_permit.so",
                            "session required pam_permit.so"));
        } catch (IOException e) {
            close();
            throw new UncheckedIOException("Can't make a PAM service", e);
        }
    }

    /** What to start in place of sshd. */
    Path program() {
        return program;
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(service);
        } catch (IOException e) {
            throw new UncheckedIOException("Can't remove " + service, e);
        }
        dir.close();
    }
}
