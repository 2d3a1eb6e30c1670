package dev.managedtunnel.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/**
 * What this process held at a moment: threads of the library, descriptors of files and sockets, Unix socket files in
 * given directories. Compared with a later moment it tells what was left behind.
 */
public final class Leaks {

    private static final int FRAMES = 12;
    private static final Set<String> TOLERATED = ConcurrentHashMap.newKeySet();

    private final List<String> threadPrefixes;
    private final Set<Long> threads;
    private final Map<String, Integer> files;
    private final Set<Path> socketFiles;
    private final Collection<Path> directories;

    private Leaks(List<String> threadPrefixes, Collection<Path> directories) {
        JvmWarmUp.once();
        this.threadPrefixes = threadPrefixes;
        this.directories = List.copyOf(directories);
        threads = LiveThreads.named(threadPrefixes).keySet();
        files = count(OpenFiles.list());
        socketFiles = SocketFiles.in(directories);
    }

    /** Ignores descriptors of these descriptions from now on; for clients that fixtures can't close. */
    static void tolerate(String... descriptions) {
        TOLERATED.addAll(List.of(descriptions));
    }

    /** Remembers what there is now. */
    public static Leaks snapshot() {
        return new Leaks(List.of("tunnel-"), List.of());
    }

    static Leaks snapshot(List<String> threadPrefixes, Collection<Path> directories) {
        return new Leaks(threadPrefixes, directories);
    }

    /**
     * Tells what there is now and was not when the snapshot was taken, one description each; empty as soon as there is
     * nothing, at the latest after the limit, since what was closed may take a moment to go.
     */
    public List<String> since(Duration limit) {
        AtomicReference<List<String>> found = new AtomicReference<>(List.of());
        Poll.reached(limit, () -> {
            found.set(now());
            return found.get().isEmpty();
        });
        return found.get();
    }

    /** Fails when there is anything left after the limit. */
    public void assertNone(Duration limit) {
        List<String> left = since(limit);
        if (!left.isEmpty()) {
            throw new AssertionError("Left behind " + limit.toMillis() + " ms after its end:"
                    + left.stream().map(each -> "\n  " + each).collect(Collectors.joining()));
        }
    }

    private List<String> now() {
        List<String> found = new ArrayList<>();
        LiveThreads.named(threadPrefixes).forEach((id, description) -> {
            if (!threads.contains(id)) {
                found.add("thread " + description);
            }
        });
        count(OpenFiles.list()).forEach((file, count) -> {
            int more = count - files.getOrDefault(file, 0);
            if (more > 0 && !TOLERATED.contains(file)) {
                found.add("open " + (more > 1 ? more + " x " : "") + file);
            }
        });
        Set<Path> here = SocketFiles.in(directories);
        here.removeAll(socketFiles);
        here.forEach(file -> found.add("socket file " + file));
        return found;
    }

    private static Map<String, Integer> count(List<String> descriptions) {
        Map<String, Integer> counts = new HashMap<>();
        descriptions.forEach(each -> counts.merge(each, 1, Integer::sum));
        return counts;
    }

    static String stack(StackTraceElement[] frames) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(frames.length, FRAMES); i++) {
            text.append("\n      at ").append(frames[i]);
        }
        return text.toString();
    }
}
