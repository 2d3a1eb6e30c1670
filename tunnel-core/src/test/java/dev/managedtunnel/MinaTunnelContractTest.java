package dev.managedtunnel;

import static dev.managedtunnel.OpenSshTunnelContractIT.throughSocket;
import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.SshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.Targets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MinaTunnelContractTest extends LocalListenerContract {
    @Override
    SshServer newServer() {
        return MinaServer.usual();
    }

    @Test
    void listensOnAUnixSocketThatOnlyItsOwnerMayUse(@TempDir Path dir) throws Exception {
        Path local = dir.resolve("local.sock");
        try (Target echo = Target.tcp(Targets.echo());
                ManagedTunnel tunnel = spec().forward(Forward.local("127.0.0.1", echo.port())
                                .named("sock")
                                .listenOn(local))
                        .build()
                        .open()) {
            assertThat(tunnel.socketPath("sock")).isEqualTo(local);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(local)))
                    .isEqualTo("rw-------");
            assertThat(throughSocket(local, "through a socket")).isEqualTo("through a socket");
        }
        assertThat(local).doesNotExist();
    }
}
