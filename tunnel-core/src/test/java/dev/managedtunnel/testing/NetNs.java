package dev.managedtunnel.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntPredicate;

/**
 * A network namespace, joined to the machine by one {@link Cable} or several. Nothing else on the machine is touched. Needs
 * root on Linux and skips the test elsewhere. Removed when closed, at the latest when the JVM ends.
 */
public final class NetNs implements AutoCloseable {

    private static final int ATTEMPTS = 50;

    private final String name;
    private final Thread hook;
    private final List<Cable> cables = new ArrayList<>();
    private boolean closed;

    private NetNs(String name) {
        this.name = name;
        this.hook = new Thread(this::remove, "fixture-netns-removal");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Makes a namespace with a network that is free. */
    public static NetNs create() {
        Requires.netns();
        // the name is the lock: it can be added only once
        int number = free(each -> Exec.attempt("ip", "netns", "add", name(each)).ok());
        NetNs netNs = new NetNs(name(number));
        try {
            netNs.run("ip", "link", "set", "lo", "up");
            netNs.cables.add(Cable.plugIn(netNs, number));
            return netNs;
        } catch (RuntimeException e) {
            netNs.close();
            throw e;
        }
    }

    private static int free(IntPredicate take) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int number = ThreadLocalRandom.current().nextInt(1, 255);
            if (Cable.isFree(number) && take.test(number)) {
                return number;
            }
        }
        throw new IllegalStateException("No network of this fixture is free");
    }

    private static String name(int number) {
        return "mtunnel" + number;
    }

    /** The name of the namespace. */
    public String name() {
        return name;
    }

    /** The first cable. */
    public Cable cable() {
        return cables.get(0);
    }

    /** Joins it to the machine by one more cable. */
    public Cable addCable() {
        Cable cable = Cable.plugIn(this, free(any -> true));
        cables.add(cable);
        return cable;
    }

    /**
     * Gives the inside one more address, to which each cable leads those who connect from its own end: one machine that can
     * be reached by several uplinks.
     */
    public String commonAddress() {
        String address = cable().commonAddress();
        run("ip", "addr", "add", address + "/32", "dev", "lo");
        cables.forEach(cable -> cable.leadTo(address));
        return address;
    }

    /** The address of the inside, at the first cable. */
    public String address() {
        return cable().address();
    }

    /** The address of the machine as seen from the inside, at the first cable. */
    public String hostAddress() {
        return cable().hostAddress();
    }

    /** What to put in front of a command so that it runs inside; the process stays the same one. */
    public List<String> prefix() {
        return List.of("ip", "netns", "exec", name);
    }

    /** Runs a command inside to its end and returns what it wrote; it has to succeed. */
    public String run(String... command) {
        List<String> inside = new ArrayList<>(prefix());
        inside.addAll(Arrays.asList(command));
        return Exec.run(inside);
    }

    /** Ends what still runs inside and removes the namespace. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the JVM is about to end and the hook does the work
            return;
        }
        remove();
    }

    private void remove() {
        String inside = Exec.attempt("ip", "netns", "pids", name).output();
        inside.lines()
                .filter(line -> line.matches("\\d+"))
                .forEach(pid -> ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly));
        cables.forEach(Cable::remove);
        Exec.attempt("ip", "netns", "del", name);
    }

    @Override
    public String toString() {
        return name + " " + cables;
    }
}
