package dev.managedtunnel.internal.sshconfig;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/** The files that a pattern of {@code Include} names, in the order of their names, as {@code glob(3)} finds them. */
final class Includes {
    private static final Pattern WILDCARD = Pattern.compile("[*?\\[\\\\]");

    private Includes() {}

    /**
     * Those that exist.
     *
     * @param pattern an absolute path; each of its parts may hold {@code *}, {@code ?} and {@code [a-z]}
     */
    static List<Path> matching(String pattern) throws IOException {
        int wildcard = firstWildcard(pattern);
        int slash = pattern.lastIndexOf('/', wildcard);
        List<Path> found = List.of(Path.of(pattern.substring(0, slash + 1)));
        for (String part : pattern.substring(slash + 1).split("/", -1)) {
            List<Path> next = new ArrayList<>();
            for (Path directory : found) {
                next.addAll(in(directory, part));
            }
            found = next;
        }
        return found.stream().filter(Files::exists).toList();
    }

    private static int firstWildcard(String pattern) {
        return WILDCARD.matcher(pattern)
                .results()
                .mapToInt(result -> result.start())
                .findFirst()
                .orElse(pattern.length());
    }

    private static List<Path> in(Path directory, String part) throws IOException {
        if (firstWildcard(part) == part.length()) {
            return List.of(directory.resolve(part));
        }
        // The JDK's braces are no wildcards here.
        String glob = part.replaceAll("[{}]", "\\\\$0");
        PathMatcher matcher = directory.getFileSystem().getPathMatcher("glob:" + glob);
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return found;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                Path name = entry.getFileName();
                boolean hidden = name.toString().startsWith(".") && !part.startsWith(".");
                if (!hidden && matcher.matches(name)) {
                    found.add(entry);
                }
            }
        } catch (NotDirectoryException gone) {
            return List.of();
        }
        found.sort(Comparator.comparing(Path::toString));
        return found;
    }
}
