package dev.managedtunnel.internal.sshconfig;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads files from top to bottom, those they include too, and offers the lines of the sections that match. */
final class ConfigReader {
    private static final int MOST_INCLUDES = 16;
    private static final int WRITABLE_BY_OTHERS = 022;
    private static final int PERMISSIONS = 07777;

    private final Machine machine;
    private final Options options;
    private final Criteria criteria;

    ConfigReader(Machine machine, Options options, Criteria criteria) {
        this.machine = machine;
        this.options = options;
        this.criteria = criteria;
    }

    /**
     * Reads a user's file.
     *
     * @return false when there is none
     * @throws IllegalArgumentException when it can't be used
     */
    boolean user(Path file) {
        return read(file, true, 0);
    }

    /** Reads the system's file, where there is one. As {@code ssh} does, it trusts whoever can change that. */
    void system() {
        read(machine.systemDirectory().resolve("ssh_config"), false, 0);
    }

    private boolean read(Path file, boolean user, int depth) {
        String content = content(file, user || depth > 0);
        if (content == null) {
            return false;
        }
        boolean matches = true;
        int number = 0;
        for (String text : content.split("\n", -1)) {
            ConfigLine line = Lexer.line(file + ":" + ++number, text);
            if (line == null) {
                continue;
            }
            switch (line.key()) {
                case "host" -> matches = criteria.host(line);
                case "match" -> matches = criteria.match(line);
                case "include" -> {
                    if (matches) {
                        include(line, user, depth + 1);
                    }
                }
                default -> {
                    if (matches) {
                        options.offer(line);
                    }
                }
            }
        }
        return true;
    }

    private void include(ConfigLine line, boolean user, int depth) {
        if (depth > MOST_INCLUDES) {
            throw line.wrong(
                    "is more than " + MOST_INCLUDES + " files deep; end the loop of files that include themselves");
        }
        Path directory = user ? machine.userDirectory() : machine.systemDirectory();
        Tokens tokens = Tokens.ofHostName(machine, "");
        for (String argument : line.arguments()) {
            if (argument.startsWith("~") && !user) {
                throw line.bad(argument, "begins with '~' in a file for all users; give the whole path");
            }
            String pattern = tokens.variables(line, tokens.home(line, argument));
            try {
                for (Path file : Includes.matching(pattern.startsWith("/") ? pattern : directory + "/" + pattern)) {
                    read(file, user, depth);
                }
            } catch (IOException e) {
                throw unreadable(line.place() + ": Include " + pattern, e);
            }
        }
    }

    private @Nullable String content(Path file, boolean guarded) {
        try {
            byte[] content = Files.readAllBytes(file);
            if (guarded) {
                guard(file);
            }
            return new String(content, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw unreadable(file.toString(), e);
        }
    }

    private static IllegalArgumentException unreadable(String what, IOException e) {
        return new IllegalArgumentException(
                what + " can't be read (" + e + "); let this process's user read it, or remove it", e);
    }

    /** Who may change it, may also lead connections elsewhere. */
    private void guard(Path file) throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return;
        }
        int mode = (Integer) Files.getAttribute(file, "unix:mode") & PERMISSIONS;
        if ((mode & WRITABLE_BY_OTHERS) != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s can be changed by others (mode %04o); OpenSSH refuses it too: chmod go-w %s",
                    file,
                    mode,
                    file));
        }
        Integer owner = (Integer) Files.getAttribute(file, "unix:uid");
        Integer uid = machine.uid();
        if (uid != null && owner != 0 && !owner.equals(uid)) {
            throw new IllegalArgumentException(file + " belongs to user " + owner + ", and not to root or to user "
                    + uid + ", who runs this process; OpenSSH refuses it too: change its owner");
        }
    }
}
