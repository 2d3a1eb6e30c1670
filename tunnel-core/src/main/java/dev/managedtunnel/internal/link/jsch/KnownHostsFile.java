package dev.managedtunnel.internal.link.jsch;

import dev.managedtunnel.FailureReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** A known_hosts file on disk. Read anew each time; added to by replacing it whole, so that no reader sees half of it. */
final class KnownHostsFile {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rw-------");
    private static final FileAttribute<?> PRIVATE_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path file;

    KnownHostsFile(Path file) {
        this.file = file;
    }

    /** Its entries; none when there is no such file. */
    List<KnownHost> read() {
        try {
            return parse(Files.readAllBytes(file));
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException e) {
            throw new StartFailure(FailureReason.HOST_KEY_UNKNOWN, "can't read " + file + ": " + reason(e), e);
        }
    }

    private List<KnownHost> parse(byte[] content) {
        List<KnownHost> entries = new ArrayList<>();
        int number = 0;
        // Latin-1 maps each byte to one character: comments may be in any encoding.
        for (String line : new String(content, StandardCharsets.ISO_8859_1).split("\n", -1)) {
            KnownHost entry = KnownHost.parse(file, ++number, line);
            if (entry != null) {
                entries.add(entry);
            }
        }
        return entries;
    }

    /** Adds an entry. The caller sees to it that no other thread does the same. */
    void add(String name, byte[] key) {
        String line =
                name + " " + HostKeyText.type(key) + " " + Base64.getEncoder().encodeToString(key) + "\n";
        try {
            Path target = target();
            Path directory = Objects.requireNonNull(target.getParent(), "a file is in a directory");
            if (!Files.isDirectory(directory)) {
                createDirectory(directory);
            }
            byte[] before = Files.exists(target) ? Files.readAllBytes(target) : new byte[0];
            replace(target, directory, appended(before, line));
        } catch (IOException e) {
            throw new StartFailure(
                    FailureReason.HOST_KEY_UNKNOWN, "can't add its key to " + file + ": " + reason(e), e);
        }
    }

    /** The file itself where the path is a symbolic link, which stays one; also when it points to nothing yet. */
    private Path target() throws IOException {
        Path path = file.toAbsolutePath();
        if (Files.exists(path)) {
            return path.toRealPath();
        }
        return Files.isSymbolicLink(path) ? path.resolveSibling(Files.readSymbolicLink(path)) : path;
    }

    private static void createDirectory(Path directory) throws IOException {
        if (posix(directory.getRoot())) {
            Files.createDirectories(directory, PRIVATE_DIRECTORY);
        } else {
            Files.createDirectories(directory);
        }
    }

    private static byte[] appended(byte[] before, String line) {
        boolean whole = before.length == 0 || before[before.length - 1] == '\n';
        byte[] added = (whole ? line : "\n" + line).getBytes(StandardCharsets.ISO_8859_1);
        byte[] after = Arrays.copyOf(before, before.length + added.length);
        System.arraycopy(added, 0, after, before.length, added.length);
        return after;
    }

    private static void replace(Path target, Path directory, byte[] content) throws IOException {
        Path temporary = Files.createTempFile(directory, ".known_hosts", ".tmp");
        try {
            Files.write(temporary, content);
            if (posix(temporary)) {
                Files.setPosixFilePermissions(
                        temporary, Files.exists(target) ? Files.getPosixFilePermissions(target) : PRIVATE);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static boolean posix(Path path) {
        return Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + " " + e.getMessage();
    }
}
