package dev.managedtunnel.examples.benchmarks.client;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.keyverifier.KnownHostsServerKeyVerifier;
import org.apache.sshd.client.keyverifier.RejectAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;

/** Apache MINA SSHD's client with its defaults, but without Nagle's delays. */
final class MinaTunnel implements PeerTunnel {
    private static final Duration LIMIT = Duration.ofSeconds(15);

    private final SshClient client = SshClient.setUpDefaultClient();
    private final List<Integer> ports = new ArrayList<>();

    MinaTunnel(Access access) throws IOException {
        client.setServerKeyVerifier(
                new KnownHostsServerKeyVerifier(RejectAllServerKeyVerifier.INSTANCE, access.knownHosts()));
        client.setKeyIdentityProvider(new FileKeyPairProvider(access.identity()));
        client.setForwardingFilter(AcceptAllForwardingFilter.INSTANCE);
        CoreModuleProperties.TCP_NODELAY.set(client, true);
        client.start();
        ClientSession session = client.connect(access.user(), Access.HOST, access.port())
                .verify(LIMIT)
                .getSession();
        session.auth().verify(LIMIT);
        for (int target : access.targets()) {
            ports.add(session.startLocalPortForwarding(
                            new SshdSocketAddress(Access.HOST, 0), new SshdSocketAddress(Access.HOST, target))
                    .getPort());
        }
    }

    @Override
    public List<Integer> ports() {
        return ports;
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
