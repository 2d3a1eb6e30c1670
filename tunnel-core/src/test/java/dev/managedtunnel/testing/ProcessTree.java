package dev.managedtunnel.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Signals to the processes of a server. Only processes that descend from one that the fixture started are touched. */
final class ProcessTree {

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final ProcessHandle root;

    ProcessTree(ProcessHandle root) {
        this.root = root;
    }

    /** The children of the root that live; those that are dead and not yet waited for don't count. */
    List<ProcessHandle> children() {
        return living(root.children());
    }

    /** All processes below the root that live. */
    List<ProcessHandle> descendants() {
        return living(root.descendants());
    }

    /** Kills all processes below the root, and waits until they are dead. */
    void killDescendants() {
        kill(descendants());
    }

    /** Kills the root and all below it, and waits until they are dead. */
    void killAll() {
        // a stopped root makes no new children, and those it has are still found below it
        signal("STOP", List.of(root));
        List<ProcessHandle> all = new ArrayList<>(descendants());
        all.add(root);
        kill(all);
    }

    /** Stops all processes below the root, and waits until they stand still. */
    void stopDescendants() {
        List<ProcessHandle> running = descendants();
        signal("STOP", running);
        Poll.until(
                LIMIT,
                () -> "processes " + running + " still run after SIGSTOP",
                () -> running.stream().map(ProcessTree::state).allMatch(state -> "TtZX?".indexOf(state) >= 0));
    }

    /** Stops the root, then all processes below it. */
    void stopAll() {
        signal("STOP", List.of(root));
        Poll.until(LIMIT, () -> root + " still runs after SIGSTOP", () -> "TtZX?".indexOf(state(root)) >= 0);
        stopDescendants();
    }

    /** Lets the root and all processes below it go on. */
    void continueAll() {
        List<ProcessHandle> all = new ArrayList<>(descendants());
        all.add(root);
        signal("CONT", all);
    }

    private static void kill(List<ProcessHandle> processes) {
        processes.forEach(ProcessHandle::destroyForcibly);
        Poll.until(
                LIMIT,
                () -> "processes " + processes + " still live after SIGKILL",
                () -> living(processes.stream()).isEmpty());
    }

    private static void signal(String name, List<ProcessHandle> processes) {
        if (processes.isEmpty()) {
            return;
        }
        List<String> command = new ArrayList<>(List.of("kill", "-" + name));
        processes.forEach(process -> command.add(String.valueOf(process.pid())));
        // one that has ended in the meantime makes the command fail, and that is fine
        Exec.attempt(command);
    }

    private static List<ProcessHandle> living(Stream<ProcessHandle> processes) {
        return processes.filter(ProcessTree::lives).toList();
    }

    private static boolean lives(ProcessHandle process) {
        return process.isAlive() && "ZX".indexOf(state(process)) < 0;
    }

    /** The letter of the state in {@code /proc}; a question mark where there is none. */
    private static char state(ProcessHandle process) {
        try {
            String stat = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return '?';
        }
    }
}
