package dev.managedtunnel.examples.benchmarks.client;

/** The libraries. A new one needs a class and two lines here, and a line in {@code Contenders}. */
public enum Peer {
    /** {@code setPortForwardingL} of JSch. */
    JSCH,
    /** This library, by its local port. */
    MANAGED;

    /** Opens a tunnel, and returns when it is up. */
    PeerTunnel open(Access access) throws Exception {
        return switch (this) {
            case JSCH -> new JschTunnel(access);
            case MANAGED -> new ManagedPorts(access);
        };
    }
}
