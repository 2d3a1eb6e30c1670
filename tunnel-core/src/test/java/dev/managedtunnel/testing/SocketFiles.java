package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/** Finds the files of Unix sockets, which stay when their server forgets to remove them. */
final class SocketFiles {

    private SocketFiles() {}

    /** Those in the directories and below; a directory that is gone has none. */
    static Set<Path> in(Collection<Path> directories) {
        Set<Path> found = new TreeSet<>();
        for (Path directory : directories) {
            try {
                Files.walkFileTree(directory, new Finder(found));
            } catch (NoSuchFileException gone) {
                // with all that was in it
            } catch (IOException e) {
                throw new UncheckedIOException("Can't look into " + directory, e);
            }
        }
        return found;
    }

    private static final class Finder extends SimpleFileVisitor<Path> {
        private final Set<Path> found;

        Finder(Set<Path> found) {
            this.found = found;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isOther()) {
                found.add(file);
            }
            return FileVisitResult.CONTINUE;
        }

        /** A file that went while the directory was read. */
        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE;
        }
    }
}
