package dev.managedtunnel.examples.benchmarks.client;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import java.util.ArrayList;
import java.util.List;

/** JSch as its users forward ports with it. */
final class JschTunnel implements PeerTunnel {
    private final Session session;
    private final List<Integer> ports = new ArrayList<>();

    JschTunnel(Access access) throws JSchException {
        JSch jsch = new JSch();
        jsch.setKnownHosts(access.knownHosts().toString());
        jsch.addIdentity(access.identity().toString());
        session = jsch.getSession(access.user(), Access.HOST, access.port());
        session.connect();
        for (int target : access.targets()) {
            ports.add(session.setPortForwardingL(0, Access.HOST, target));
        }
    }

    @Override
    public List<Integer> ports() {
        return ports;
    }

    @Override
    public void close() {
        session.disconnect();
    }
}
