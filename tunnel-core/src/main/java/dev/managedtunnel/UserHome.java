package dev.managedtunnel;

import java.nio.file.Path;

/** Expands a leading {@code ~} as the shell would, since nobody else does for a {@link Path}. */
final class UserHome {
    private UserHome() {}

    static Path expand(Path path) {
        String text = path.toString();
        if (text.isEmpty()) {
            throw Checks.bad("path", path, "is empty; give a file");
        }
        String home = System.getProperty("user.home", "");
        if (text.equals("~")) {
            return Path.of(home);
        }
        return text.startsWith("~/") ? Path.of(home, text.substring(2)) : path;
    }
}
