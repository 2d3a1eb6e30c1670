package dev.managedtunnel.internal.forward;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A directory for a moment, that only this user may enter; gone with what is in it on close. One thread only. */
final class ClosedRoom implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClosedRoom.class);
    /** Of the JDK's; the system's is one more. */
    private static final int LONGEST_PATH = 106;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Path directory;
    /** A directory with a symbolic link to this one; null while none is needed. */
    private @Nullable Path detour;

    private ClosedRoom(Path directory) {
        this.directory = directory;
    }

    /** Makes one in that directory, and so on its file system. */
    static ClosedRoom in(Path parent) throws IOException {
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        while (true) {
            // Short: this becomes part of a socket's path, whose length is limited.
            Path directory = parent.resolve(".mt" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet());
            try {
                return new ClosedRoom(Files.createDirectory(directory, ownerOnly));
            } catch (FileAlreadyExistsException leftBehind) {
                LOG.debug("{} was left behind by a process that was killed", directory);
            } catch (AccessDeniedException denied) {
                throw new IOException("no permission to create files in " + parent + "; choose another place", denied);
            } catch (UnsupportedOperationException noModes) {
                throw new IOException("the file system of " + parent + " can't keep other users out", noModes);
            }
        }
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    /** A path to the same file that is short enough for a socket. */
    Path shortPath(String name) throws IOException {
        Path path = path(name);
        if (path.toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST_PATH) {
            return path;
        }
        Path door = Files.createTempDirectory("mt");
        detour = door;
        return Files.createSymbolicLink(door.resolve("d"), directory).resolve(name);
    }

    @Override
    public void close() {
        remove(directory);
        if (detour != null) {
            remove(detour);
        }
    }

    private static void remove(Path room) {
        try (var contents = Files.list(room)) {
            for (Path file : contents.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(room);
        } catch (IOException failed) {
            LOG.warn("could not remove {}: {}", room, failed.toString());
        }
    }
}
