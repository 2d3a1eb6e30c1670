package dev.managedtunnel.examples.benchmarks.client;

/** The libraries. A new one needs a class and two lines here, and a line in {@code Contenders}. */
public enum Peer {
    /** {@code setPortForwardingL} of JSch. */
    JSCH,
    /** {@code startLocalPortForwarding} of Apache MINA SSHD's client. */
    MINA,
    /** {@code newLocalPortForwarder} of sshj. */
    SSHJ,
    /** This library, by its local port. */
    MANAGED_PORT;

    /** Whether the connections are handed out within the process, without a port. */
    public boolean isInProcess() {
        return false;
    }

    /** Opens a tunnel, and returns when it is up. */
    PeerTunnel open(Access access) throws Exception {
        return switch (this) {
            case JSCH -> new JschTunnel(access);
            case MINA -> new MinaTunnel(access);
            case SSHJ -> new SshjTunnel(access);
            case MANAGED_PORT -> new ManagedPort(access);
        };
    }
}
