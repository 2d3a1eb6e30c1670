package dev.managedtunnel.testing;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What the objects that something leaves in the heap weigh, all in all and by class: the difference of what lives after
 * full collections. Exact to some 100 KiB, so it takes a thousand of a kind to weigh one.
 */
public final class HeapWeight {

    private static final Pattern GAP = Pattern.compile("\\s+");
    private static final int CLASSES_SHOWN = 16;

    private final Map<String, Long> byClass;

    private HeapWeight(Map<String, Long> byClass) {
        this.byClass = byClass;
    }

    /** Does it and weighs what is there then and was not before. */
    public static HeapWeight of(Runnable work) {
        Map<String, Long> before = histogram();
        work.run();
        Map<String, Long> more = histogram();
        before.forEach((name, bytes) -> more.merge(name, -bytes, Long::sum));
        return new HeapWeight(more);
    }

    /** All of it, in bytes. */
    public long bytes() {
        return byClass.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The heaviest classes, one a line. */
    @Override
    public String toString() {
        return byClass.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(CLASSES_SHOWN)
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining("\n"));
    }

    /** Bytes by class of what lives, after collections that leave what only the first of them made free. */
    private static Map<String, Long> histogram() {
        ManagementFactory.getMemoryMXBean().gc();
        ManagementFactory.getMemoryMXBean().gc();
        try {
            // collects before it counts, as long as it is not told "-all"
            String table = (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcClassHistogram",
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()});
            Map<String, Long> bytes = new HashMap<>();
            for (String line : table.lines().toList()) {
                // "   1:        52114        3456784  [B (java.base@17.0.1)"
                List<String> fields = GAP.splitAsStream(line.strip()).toList();
                if (fields.size() >= 4 && fields.get(0).endsWith(":")) {
                    bytes.merge(fields.get(3), Long.valueOf(fields.get(2)), Long::sum);
                }
            }
            return bytes;
        } catch (JMException e) {
            throw new IllegalStateException("Can't count the objects of the heap", e);
        }
    }
}
