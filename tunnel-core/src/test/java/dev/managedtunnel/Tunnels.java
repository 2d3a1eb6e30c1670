package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.testing.SshServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** What tests of tunnels have in common. */
final class Tunnels {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Tunnels() {}

    /** Logs in to that server, whose key is pinned; has no forward yet. */
    static TunnelSpec.Builder to(SshServer server, String name) {
        return to(server, name, Gateway.of(server.user(), server.host(), server.port()));
    }

    /** The same by other ways to it. */
    static TunnelSpec.Builder to(SshServer server, String name, Gateway... ways) {
        TunnelSpec.Builder spec = TunnelSpec.builder(name)
                .credentials(Credentials.privateKey(server.privateKey()))
                .hostKeys(HostKeys.pinned(server.hostKeyFingerprint()));
        for (Gateway way : ways) {
            spec.gateway(way);
        }
        return spec;
    }

    /** Asserts that its only listener leads to an echo server. */
    static void assertServes(ManagedTunnel tunnel) throws IOException {
        InetSocketAddress address = tunnel.address();
        try (Socket client = new Socket(address.getAddress(), address.getPort())) {
            client.setSoTimeout((int) PATIENCE.toMillis());
            client.getOutputStream().write('x');
            assertThat(client.getInputStream().read()).isEqualTo('x');
        }
    }
}
