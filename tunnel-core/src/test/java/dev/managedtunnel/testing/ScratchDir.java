package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A temporary directory of a fixture, readable by the owner only and gone with everything in it when closed. */
final class ScratchDir implements AutoCloseable {

    private final Path path;

    ScratchDir(String purpose) {
        try {
            path = Files.createTempDirectory("fixture-" + purpose + "-");
        } catch (IOException e) {
            throw new UncheckedIOException("No temporary directory for " + purpose, e);
        }
    }

    Path path() {
        return path;
    }

    Path resolve(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> all = Files.walk(path)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Can't remove " + path, e);
        }
    }
}
