package dev.managedtunnel.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A network namespace, joined to the machine by a cable (a veth pair) of which the packets can be dropped. Both ends
 * have an address of a network that this fixture made, and nothing else on the machine is touched. Needs root on Linux
 * and skips the test elsewhere. Removed when closed, at the latest when the JVM ends.
 */
public final class NetNs implements AutoCloseable {

    private static final String NETWORK = "10.213.";
    private static final int ATTEMPTS = 50;

    private final int number;
    private final Thread hook;
    private boolean closed;

    private NetNs(int number) {
        this.number = number;
        this.hook = new Thread(this::remove, "fixture-netns-removal");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Makes a namespace with a network that is free. */
    public static NetNs create() {
        Requires.netns();
        String problem = "";
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int number = ThreadLocalRandom.current().nextInt(1, 255);
            if (Exec.run("ip", "-o", "-4", "addr", "show").contains(NETWORK + number + ".")) {
                continue;
            }
            // the name is the lock: it can be added only once
            Exec.Result added = Exec.attempt("ip", "netns", "add", name(number));
            if (added.ok()) {
                NetNs netNs = new NetNs(number);
                try {
                    netNs.connect();
                    return netNs;
                } catch (RuntimeException e) {
                    netNs.close();
                    throw e;
                }
            }
            problem = added.output();
        }
        throw new IllegalStateException("No network " + NETWORK + "x.0 is free: " + problem);
    }

    private static String name(int number) {
        return "mtunnel" + number;
    }

    private String outerInterface() {
        return "mtout" + number;
    }

    private String innerInterface() {
        return "mtin" + number;
    }

    private void connect() {
        Exec.run(
                "ip",
                "link",
                "add",
                outerInterface(),
                "type",
                "veth",
                "peer",
                "name",
                innerInterface(),
                "netns",
                name(number));
        Exec.run("ip", "addr", "add", hostAddress() + "/30", "dev", outerInterface());
        Exec.run("ip", "link", "set", outerInterface(), "up");
        run("ip", "link", "set", "lo", "up");
        run("ip", "addr", "add", address() + "/30", "dev", innerInterface());
        run("ip", "link", "set", innerInterface(), "up");
    }

    /** The name of the namespace. */
    public String name() {
        return name(number);
    }

    /** The address of the inside. */
    public String address() {
        return NETWORK + number + ".2";
    }

    /** The address of the machine as seen from the inside. */
    public String hostAddress() {
        return NETWORK + number + ".1";
    }

    /** What to put in front of a command so that it runs inside; the process stays the same one. */
    public List<String> prefix() {
        return List.of("ip", "netns", "exec", name());
    }

    /** Runs a command inside to its end and returns what it wrote; it has to succeed. */
    public String run(String... command) {
        List<String> inside = new ArrayList<>(prefix());
        inside.addAll(Arrays.asList(command));
        return Exec.run(inside);
    }

    /** Drops all packets in both directions; TCP connections stay as they are on both sides. */
    public void drop() {
        dropToInside();
        dropToOutside();
    }

    /** Drops the packets that go to the inside. */
    public void dropToInside() {
        run("iptables", "-w", "-I", "INPUT", "-i", innerInterface(), "-j", "DROP");
    }

    /** Drops the packets that come from the inside. */
    public void dropToOutside() {
        run("iptables", "-w", "-I", "OUTPUT", "-o", innerInterface(), "-j", "DROP");
    }

    /** Lets all packets pass again. */
    public void heal() {
        run("iptables", "-w", "-F", "INPUT");
        run("iptables", "-w", "-F", "OUTPUT");
    }

    /** Pulls the cable: what is sent gets lost, and the machine learns only slowly that nobody is there. */
    public void unplug() {
        // the inner end: with the outer one the route would go too, and packets would leave for the world outside
        run("ip", "link", "set", innerInterface(), "down");
    }

    /** Puts the cable back. */
    public void plug() {
        run("ip", "link", "set", innerInterface(), "up");
    }

    /** Makes the machine say at once that there is no route to the inside. */
    public void unroute() {
        Exec.run("ip", "route", "add", "unreachable", address() + "/32");
    }

    /** Makes the inside reachable again after {@link #unroute}. */
    public void route() {
        Exec.run("ip", "route", "del", "unreachable", address() + "/32");
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
        String inside = Exec.attempt("ip", "netns", "pids", name()).output();
        inside.lines()
                .filter(line -> line.matches("\\d+"))
                .forEach(pid -> ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly));
        Exec.attempt("ip", "route", "del", "unreachable", address() + "/32");
        Exec.attempt("ip", "link", "del", outerInterface());
        Exec.attempt("ip", "netns", "del", name());
    }

    @Override
    public String toString() {
        return name() + " " + address();
    }
}
