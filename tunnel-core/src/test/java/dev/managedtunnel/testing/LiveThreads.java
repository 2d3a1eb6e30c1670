package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** The live threads of this JVM, where it can tell the virtual ones included. */
public final class LiveThreads {

    /** A line of a thread dump: {@code #31 "tunnel-x-open" virtual}. */
    private static final Pattern VIRTUAL = Pattern.compile("^#(\\d+) \"(.*)\" virtual.*$");

    private static final boolean HAS_VIRTUAL = Runtime.version().feature() >= 21;

    private LiveThreads() {}

    /** Those whose name starts with one of the prefixes: a description with the stack by the thread's number. */
    public static Map<Long, String> named(List<String> prefixes) {
        Map<Long, String> found = new HashMap<>();
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            if (matches(thread.getName(), prefixes) && thread.isAlive()) {
                found.put(idOf(thread), thread.getName() + " " + thread.getState() + Leaks.stack(stack));
            }
        });
        if (HAS_VIRTUAL) {
            addVirtual(prefixes, found);
        }
        return found;
    }

    // its successor threadId() came with Java 19
    @SuppressWarnings("deprecation")
    private static long idOf(Thread thread) {
        return thread.getId();
    }

    private static boolean matches(String name, List<String> prefixes) {
        return prefixes.stream().anyMatch(name::startsWith);
    }

    /** No API lists virtual threads; the thread dump does, through a management bean that Java 17 does not have. */
    private static void addVirtual(List<String> prefixes, Map<Long, String> found) {
        try (ScratchDir dir = new ScratchDir("threads")) {
            Path dump = dir.resolve("dump.txt");
            ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=HotSpotDiagnostic"),
                            "dumpThreads",
                            new Object[] {dump.toString(), "TEXT_PLAIN"},
                            new String[] {String.class.getName(), String.class.getName()});
            for (String line : Files.readAllLines(dump)) {
                Matcher thread = VIRTUAL.matcher(line);
                if (thread.matches() && matches(thread.group(2), prefixes)) {
                    found.put(Long.valueOf(thread.group(1)), thread.group(2) + " (virtual)");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Can't read the thread dump", e);
        } catch (JMException e) {
            throw new IllegalStateException("Can't dump threads", e);
        }
    }
}
