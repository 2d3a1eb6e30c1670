package dev.managedtunnel.internal.sshconfig;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a configuration asks for and does not get, each said once. */
final class Notes {
    private final Set<String> notes = new LinkedHashSet<>();

    void add(ConfigLine line, String what) {
        notes.add(line.place() + ": " + line.keyword() + " " + what);
    }

    List<String> all() {
        return List.copyOf(notes);
    }
}
