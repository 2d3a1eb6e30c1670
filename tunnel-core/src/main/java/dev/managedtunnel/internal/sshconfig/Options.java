package dev.managedtunnel.internal.sshconfig;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The lines that hold for a destination: of most options the first, of a few all. Grows while files are read. */
final class Options {
    private static final Set<String> SEVERAL =
            Set.of("identityfile", "certificatefile", "localforward", "remoteforward", "dynamicforward");

    private final Map<String, List<ConfigLine>> lines = new LinkedHashMap<>();

    /** Takes a line, unless its option has been set before. */
    void offer(ConfigLine line) {
        List<ConfigLine> same = lines.computeIfAbsent(slot(line.key()), none -> new ArrayList<>());
        boolean repeated = same.stream().anyMatch(other -> other.arguments().equals(line.arguments()));
        if (same.isEmpty() || (SEVERAL.contains(line.key()) && !repeated)) {
            same.add(line);
        }
    }

    /** Sets an option, whatever it was. */
    void set(ConfigLine line) {
        lines.put(line.key(), List.of(line));
    }

    /** ProxyJump and ProxyCommand exclude each other: whichever comes first holds, also with {@code none}. */
    private static String slot(String key) {
        return switch (key) {
            case "proxycommand" -> "proxyjump";
            case "pubkeyacceptedkeytypes" -> "pubkeyacceptedalgorithms";
            default -> key;
        };
    }

    Optional<ConfigLine> first(String key) {
        return all(key).stream().findFirst();
    }

    List<ConfigLine> all(String key) {
        return lines.getOrDefault(key, List.of());
    }

    /** Each option's lines, in the order in which they were met. */
    Collection<List<ConfigLine>> each() {
        return lines.values();
    }
}
