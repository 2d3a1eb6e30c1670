package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.managedtunnel.testing.FreePorts;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshAgent;
import dev.managedtunnel.testing.SshKeys;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tunnels that a configuration file describes, opened to real servers; {@code ssh} gets there with the same file. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class SshConfigTunnelIT extends WithOpenSsh {
    private static OpenSshServer edge;
    private static SshAgent agent;

    @TempDir
    Path dir;

    @BeforeAll
    static void startJumpHostAndAgent() {
        Requires.sshClient();
        edge = OpenSshServer.usual();
        agent = SshAgent.start();
    }

    @AfterAll
    static void stopJumpHostAndAgent() {
        if (edge != null) {
            edge.close();
        }
        if (agent != null) {
            agent.close();
        }
    }

    private Path write(String name, String content) throws IOException {
        Path file = Files.writeString(dir.resolve(name), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static int ssh(Path config, String destination) throws Exception {
        return new ProcessBuilder("ssh", "-F", config.toString(), "-o", "ClearAllForwardings=yes", destination, "true")
                .redirectInput(new File("/dev/null"))
                .inheritIO()
                .start()
                .waitFor();
    }

    private static String known(String name, OpenSshServer server) {
        return server.hostKeys().stream().map(key -> name + " " + key + "\n").collect(Collectors.joining());
    }

    @Test
    void byAFileWithKeyAndLocalForward() throws Exception {
        try (Target echo = Target.tcp(Targets.echo())) {
            Path config = write("config", """
                    Host orders
                        HostName %s
                        Port %d
                        User %s
                        IdentityFile %s
                        IdentityAgent none
                        UserKnownHostsFile %s
                        LocalForward 0 %s:%d
                        ServerAliveInterval 5
                        ConnectTimeout 10
                    """.formatted(
                            server.host(),
                            server.port(),
                            server.user(),
                            server.privateKey(),
                            server.writeKnownHosts(dir.resolve("known")),
                            echo.host(),
                            echo.port()));
            try (ManagedTunnel tunnel = TunnelSpec.fromSshConfig("orders", "orders", config)
                            .build()
                            .open();
                    Socket client = new Socket()) {
                client.connect(tunnel.address());
                assertThat(TunnelFixture.echo(client, "by a file")).isEqualTo("by a file");
            }
        }
    }

    /** The gateway by the agent and an alias, the jump host by a key file and accepted as new; each kind of forward. */
    @Test
    void byAFileWithJumpHostAgentAndAllKindsOfForwards() throws Exception {
        SshKeys.KeyFile key = SshKeys.ed25519(dir, "by_agent");
        server.authorize(key.publicLine());
        agent.add(key);
        int local = FreePorts.next();
        int remote = FreePorts.next();
        int dynamic = FreePorts.next();
        try (Target echo = Target.tcp(Targets.echo())) {
            Path config = write("config", """
                    Include %1$s/more

                    Host orders
                        HostName 127.0.0.1
                        Port %2$d
                        ProxyJump edge
                        IdentityFile %1$s/by_agent.pub
                        IdentitiesOnly yes
                        IdentityAgent %3$s
                        HostKeyAlias Orders-Gateway
                        UserKnownHostsFile %1$s/%%k
                        LocalForward %4$d 127.0.0.1:%7$d
                        LocalForward %1$s/%%n.sock localhost:%7$d
                        RemoteForward %5$d 127.0.0.1:%7$d
                        DynamicForward %6$d

                    Match host edge,orders
                        User %8$s
                        BatchMode yes
                    """.formatted(
                            dir, server.port(), agent.socket(), local, remote, dynamic, echo.port(), server.user()));
            write("orders-gateway", known("orders-gateway", server));
            write("more", """
                    Match originalhost edge
                        HostName %s
                        Port %d
                        IdentityFile %s
                        IdentityAgent none
                        UserKnownHostsFile %s/edge_hosts
                        StrictHostKeyChecking accept-new
                    """.formatted(edge.host(), edge.port(), edge.privateKey(), dir));
            try (ManagedTunnel tunnel =
                    TunnelSpec.fromSshConfig("orders", "orders", config).build().open()) {
                assertThat(Files.readString(dir.resolve("edge_hosts"))).startsWith("[127.0.0.1]:" + edge.port() + " ");
                for (int port : new int[] {local, remote}) {
                    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
                        assertThat(TunnelFixture.echo(client, "port " + port)).isEqualTo("port " + port);
                    }
                }
                assertThat(dir.resolve("orders.sock")).exists();
                InetSocketAddress socks = new InetSocketAddress(InetAddress.getLoopbackAddress(), dynamic);
                try (Socket client = new Socket(new Proxy(Proxy.Type.SOCKS, socks))) {
                    client.connect(InetSocketAddress.createUnresolved("localhost", echo.port()));
                    assertThat(TunnelFixture.echo(client, "socks")).isEqualTo("socks");
                }
            }
            assertThat(ssh(config, "orders")).as("ssh -F config orders").isZero();
        }
    }

    @Test
    void aHostKeyThatNobodyKnowsIsRefusedAlsoWhereTheFileSaysNotToCheck() throws Exception {
        Path config = write("config", """
                Host orders
                    HostName %s
                    Port %d
                    User %s
                    IdentityFile %s
                    StrictHostKeyChecking no
                    UserKnownHostsFile /dev/null
                    LocalForward 0 127.0.0.1:1
                """.formatted(server.host(), server.port(), server.user(), server.privateKey()));
        TunnelSpec spec = TunnelSpec.fromSshConfig("orders", "orders", config).build();
        TunnelException refused = catchThrowableOfType(TunnelException.class, spec::open);
        assertThat(refused.reason()).isEqualTo(FailureReason.HOST_KEY_UNKNOWN);
    }
}
