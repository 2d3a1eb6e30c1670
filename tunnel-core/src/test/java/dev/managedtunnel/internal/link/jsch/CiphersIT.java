package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Algorithms;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.SshServer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** AES-GCM is used where the server has it. */
@ExtendWith(NoLeaks.class)
class CiphersIT {
    private static final String FAST = "aes128-gcm@openssh.com";

    private final Rig rig = new Rig();

    @AfterEach
    void tearDown() {
        rig.close();
    }

    @Test
    void whatWeProposeHasAesGcmFirst() {
        assertThat(AlgorithmKind.CIPHER.proposal(Algorithms.defaults())).startsWith(FAST, "aes256-gcm@openssh.com");
    }

    static Stream<Arguments> servers() {
        return Stream.of(
                server("usual MINA", MinaServer::usual, FAST),
                server("usual OpenSSH", OpenSshServer::usual, FAST),
                // The client's order decides, not the server's.
                server("MINA with its own order", () -> mina("aes256-ctr", "aes256-gcm@openssh.com", FAST), FAST),
                server("OpenSSH with its own order", () -> openSsh("aes256-ctr,aes256-gcm@openssh.com," + FAST), FAST),
                server("MINA without AES-GCM", () -> mina("aes256-cbc", "aes192-ctr"), "aes192-ctr"),
                server(
                        "OpenSSH without AES-GCM",
                        () -> openSsh("chacha20-poly1305@openssh.com,aes256-ctr"),
                        "aes256-ctr"));
    }

    private static Arguments server(String name, Supplier<SshServer> start, String negotiated) {
        return Arguments.of(name, start, negotiated);
    }

    private static SshServer mina(String... ciphers) {
        return MinaServer.builder().ciphers(ciphers).start();
    }

    private static SshServer openSsh(String ciphers) {
        return OpenSshServer.builder().config("Ciphers " + ciphers).start();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("servers")
    void theFirstCipherThatTheServerHasTooIsUsed(String name, Supplier<SshServer> start, String negotiated) {
        try (SshServer server = start.get()) {
            Link link = rig.connect(server);
            assertThat(((JschLink) link).session().getCipherAlgorithmC2S()).isEqualTo(negotiated);
            assertThat(((JschLink) link).session().getCipherAlgorithmS2C()).isEqualTo(negotiated);
            link.cut(Rig.closing());
            Rig.lost(link);
        }
    }
}
