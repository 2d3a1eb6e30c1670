package dev.managedtunnel.examples.benchmarks.client;

import java.util.List;

/** The libraries. A new one needs a class and two lines here, and a line in {@code Contenders}. */
public enum Peer {
    /** {@code setPortForwardingL} of JSch. */
    JSCH,
    /** {@code startLocalPortForwarding} of Apache MINA SSHD's client. */
    MINA,
    /** {@code newLocalPortForwarder} of sshj. */
    SSHJ,
    /** This library, by its local port. */
    MANAGED_PORT,
    /** This library, by a port of the gateway's. */
    MANAGED_REMOTE,
    /** This library, by its local port, through two hops. */
    MANAGED_JUMP,
    /** This library, by its socket factory. */
    MANAGED_SOCKET;

    private static final String CHACHA = "chacha20";

    /** Whether the connections are handed out within the process, without a port. */
    public boolean isInProcess() {
        return this == MANAGED_SOCKET;
    }

    /** Whether it needs Bouncy Castle, which others would use too where they find it, so that they must not. */
    public boolean needsBouncyCastle(String cipher) {
        return switch (this) {
            case MINA -> false;
            case SSHJ -> true;
            case JSCH, MANAGED_PORT, MANAGED_REMOTE, MANAGED_JUMP, MANAGED_SOCKET -> cipher.startsWith(CHACHA);
        };
    }

    /** Options that its JVM needs for this cipher. JSch does not offer ChaCha20 unless asked to. */
    public List<String> options(String cipher) {
        return switch (this) {
            case MINA, SSHJ -> List.of();
            case JSCH, MANAGED_PORT, MANAGED_REMOTE, MANAGED_JUMP, MANAGED_SOCKET ->
                cipher.startsWith(CHACHA) ? List.of("-Djsch.cipher=" + cipher) : List.of();
        };
    }

    /** Opens a tunnel, and returns when it is up. */
    PeerTunnel open(Access access) throws Exception {
        return switch (this) {
            case JSCH -> new JschTunnel(access);
            case MINA -> new MinaTunnel(access);
            case SSHJ -> new SshjTunnel(access);
            case MANAGED_PORT -> ManagedPort.local(access);
            case MANAGED_REMOTE -> ManagedPort.remote(access);
            case MANAGED_JUMP -> ManagedPort.jump(access);
            case MANAGED_SOCKET -> new ManagedSocket(access);
        };
    }
}
