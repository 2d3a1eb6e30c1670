package dev.managedtunnel.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Forward;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.boot.TestTunnels;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.diagnostics.FailureAnalysis;

class TunnelFailureAnalyzerTest {
    private static final Set<FailureReason> SEEN = new HashSet<>();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            UNKNOWN_HOST          | Check the gateway's name and this machine's name service. The gateway is set by '%s.gateway'. To let the application start without the tunnel, set '%s.required' to false.
            CONNECT_REFUSED       | Check that the SSH server runs and listens on that port. The gateway is set by '%s.gateway'. To let the application start without the tunnel, set '%s.required' to false.
            CONNECT_TIMEOUT       | Check the route and firewalls to the gateway, or raise connectTimeout. The gateway is set by '%s.gateway', the time by '%s.connect-timeout'. To let the application start without the tunnel, set '%s.required' to false.
            UNREACHABLE           | Check the network and the route to the gateway. The gateway is set by '%s.gateway'. To let the application start without the tunnel, set '%s.required' to false.
            NOT_SSH               | Check that host and port are those of an SSH server. The gateway is set by '%s.gateway'. To let the application start without the tunnel, set '%s.required' to false.
            KEX_FAILED            | Check the gateway's log; a proxy or firewall may cut SSH. The gateway is set by '%s.gateway'. To let the application start without the tunnel, set '%s.required' to false.
            NO_COMMON_ALGORITHM   | Update the server, or allow one of the algorithms it offers. They are set by '%s.algorithms'.
            HOST_KEY_UNKNOWN      | Compare the fingerprint with the gateway's administrator, then add the key to known_hosts. Name another file with '%s.host-keys.known-hosts', or the key's fingerprint with '%s.host-keys.pinned'.
            HOST_KEY_CHANGED      | Find out why it changed before you replace the old key: this is what an attack looks like. Name another file with '%s.host-keys.known-hosts', or the key's fingerprint with '%s.host-keys.pinned'.
            HOST_KEY_REVOKED      | Do not connect; ask the gateway's administrator for its new key. Name another file with '%s.host-keys.known-hosts', or the key's fingerprint with '%s.host-keys.pinned'.
            AUTH_REJECTED         | Check the user name, and that the key or password is allowed on the gateway. The user is set by '%s.gateway', what it logs in with by '%s.credentials'.
            KEY_UNREADABLE        | Check the key file, its permissions and its passphrase, or the SSH agent. The key is set by '%s.credentials.private-key', its passphrase by '%s.credentials.passphrase'.
            LISTEN_FAILED         | Choose a free port or path that this user may bind. It is set by 'listen-on' in '%s.forwards'.
            REMOTE_LISTEN_REFUSED | Check AllowTcpForwarding and GatewayPorts, and who holds the port on the gateway. It is set by 'listen-on' in '%s.forwards'. To let the application start without the tunnel, set '%s.required' to false.
            DISCONNECTED          | Read the gateway's text and its log. The gateway is set by '%s.gateway'. To let the application start without the tunnel, set '%s.required' to false.
            CONNECTION_LOST       | Nothing to do if it recovers; else check the network and the gateway. The gateway is set by '%s.gateway'. To let the application start without the tunnel, set '%s.required' to false.
            KEEPALIVE_TIMEOUT     | Nothing to do if it recovers; else check the network and the gateway's load. The interval is set by '%s.keep-alive.interval'. To let the application start without the tunnel, set '%s.required' to false.
            PROBE_FAILED          | Check the probe's target. It is set in '%s.probes'. To let the application start without the tunnel, set '%s.required' to false.
            CLOSED                | This was asked for by the application. The tunnel's properties begin with '%s'.
            """)
    void eachReasonHasItsDescriptionAndAction(FailureReason reason, String action) {
        SEEN.add(reason);
        TunnelException failure = new TunnelException(reason, "cannot connect to me@bastion:22 (start 1, 7 ms)", null);
        TunnelOpenException opening = new TunnelOpenException(spec(), failure);

        FailureAnalysis analysis =
                new TunnelFailureAnalyzer().analyze(new BeanCreationException("managedTunnel.orders", opening));

        assertThat(analysis.getDescription())
                .isEqualTo("Tunnel 'orders' can't be opened: cannot connect to me@bastion:22 (start 1, 7 ms).");
        assertThat(analysis.getAction()).isEqualTo(action.replace("%s", "managed-tunnel.tunnels.orders"));
        assertThat(analysis.getCause()).isSameAs(failure);
    }

    @AfterAll
    static void noReasonIsForgotten() {
        assertThat(SEEN).isEqualTo(EnumSet.allOf(FailureReason.class));
    }

    @Test
    void aTunnelOfTheApplicationsOwnIsAnalysedToo() {
        TunnelException failure = new TunnelException(FailureReason.LISTEN_FAILED, "port 80 is in use", null);

        FailureAnalysis analysis = new TunnelFailureAnalyzer().analyze(new BeanCreationException("own", failure));

        assertThat(analysis.getDescription()).isEqualTo("A tunnel can't be opened: port 80 is in use.");
        assertThat(analysis.getAction())
                .isEqualTo("Choose a free port or path that this user may bind."
                        + " It is set by 'listen-on' in 'managed-tunnel.tunnels.<name>.forwards'.");
    }

    @Test
    void aPortInUseIsExplained() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            TestTunnels.contextRunner()
                    .withPropertyValues(
                            "managed-tunnel.tunnels.orders.forwards[0].local=db.internal:5432",
                            "managed-tunnel.tunnels.orders.forwards[0].listen-on=" + taken.getLocalPort())
                    .run(context -> {
                        FailureAnalysis analysis = new TunnelFailureAnalyzer().analyze(context.getStartupFailure());
                        assertThat(analysis.getDescription())
                                .startsWith("Tunnel 'orders' can't be opened: ")
                                .contains("127.0.0.1:" + taken.getLocalPort());
                        assertThat(analysis.getAction()).startsWith("Choose a free port");
                    });
        }
    }

    private static TunnelSpec spec() {
        return TunnelSpec.builder("orders")
                .gateway("me@bastion")
                .credentials(Credentials.password(() -> new char[0]))
                .forward(Forward.local("db.internal", 5432))
                .build();
    }
}
