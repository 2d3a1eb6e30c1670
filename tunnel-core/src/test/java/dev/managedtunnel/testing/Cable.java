package dev.managedtunnel.testing;

/**
 * A cable from this machine into a network namespace (a veth pair), of which the packets can be dropped. Both ends have an
 * address of a network that only they are in. Pulled out with its namespace at the latest.
 */
public final class Cable {
    private static final String NETWORK = "10.213.";

    private final NetNs netNs;
    private final int number;

    private Cable(NetNs netNs, int number) {
        this.netNs = netNs;
        this.number = number;
    }

    /** Whether no interface of this machine has an address of that network. */
    static boolean isFree(int number) {
        return !Exec.run("ip", "-o", "-4", "addr", "show").contains(NETWORK + number + ".");
    }

    /** Connects this machine and the namespace by the network of that number, which has to be free. */
    static Cable plugIn(NetNs netNs, int number) {
        Cable cable = new Cable(netNs, number);
        Exec.run(
                "ip",
                "link",
                "add",
                cable.outerInterface(),
                "type",
                "veth",
                "peer",
                "name",
                cable.innerInterface(),
                "netns",
                netNs.name());
        Exec.run("ip", "addr", "add", cable.hostAddress() + "/30", "dev", cable.outerInterface());
        Exec.run("ip", "link", "set", cable.outerInterface(), "up");
        netNs.run("ip", "addr", "add", cable.address() + "/30", "dev", cable.innerInterface());
        netNs.run("ip", "link", "set", cable.innerInterface(), "up");
        return cable;
    }

    private String outerInterface() {
        return "mtout" + number;
    }

    private String innerInterface() {
        return "mtin" + number;
    }

    /** The address of the inside. */
    public String address() {
        return NETWORK + number + ".2";
    }

    /** The address of the machine as seen from the inside. */
    public String hostAddress() {
        return NETWORK + number + ".1";
    }

    /** An address of this cable's network that neither end has. */
    String commonAddress() {
        return NETWORK + number + ".9";
    }

    /** Routes packets from this machine's end to that address by this cable, whatever the other routes say. */
    void leadTo(String address) {
        String table = String.valueOf(number);
        Exec.run("ip", "route", "add", address + "/32", "via", address(), "dev", outerInterface(), "table", table);
        Exec.run("ip", "rule", "add", "from", hostAddress(), "lookup", table);
    }

    /** Drops all packets in both directions; TCP connections stay as they are on both sides. */
    public void drop() {
        dropToInside();
        dropToOutside();
    }

    /** Drops the packets that go to the inside. */
    public void dropToInside() {
        netNs.run("iptables", "-w", "-I", "INPUT", "-i", innerInterface(), "-j", "DROP");
    }

    /** Drops the packets that come from the inside. */
    public void dropToOutside() {
        netNs.run("iptables", "-w", "-I", "OUTPUT", "-o", innerInterface(), "-j", "DROP");
    }

    /** Lets all packets pass again, on every cable of the namespace. */
    public void heal() {
        netNs.run("iptables", "-w", "-F", "INPUT");
        netNs.run("iptables", "-w", "-F", "OUTPUT");
    }

    /** Pulls the cable: what is sent gets lost, and the machine learns only slowly that nobody is there. */
    public void unplug() {
        // the inner end: with the outer one the route would go too, and packets would leave for the world outside
        netNs.run("ip", "link", "set", innerInterface(), "down");
    }

    /** Puts the cable back. */
    public void plug() {
        netNs.run("ip", "link", "set", innerInterface(), "up");
    }

    /** Makes the machine say at once that there is no route to the inside. */
    public void unroute() {
        Exec.run("ip", "route", "add", "unreachable", address() + "/32");
    }

    /** Makes the inside reachable again after {@link #unroute}. */
    public void route() {
        Exec.run("ip", "route", "del", "unreachable", address() + "/32");
    }

    void remove() {
        Exec.attempt("ip", "rule", "del", "from", hostAddress());
        Exec.attempt("ip", "route", "del", "unreachable", address() + "/32");
        Exec.attempt("ip", "link", "del", outerInterface());
    }

    @Override
    public String toString() {
        return hostAddress() + " to " + address();
    }
}
