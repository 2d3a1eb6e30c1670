package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import com.jcraft.jsch.Session;
import dev.managedtunnel.Algorithms;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.SshKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.util.buffer.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is negotiated with a real server, and what is said to who has to do with an old one. */
@ExtendWith(NoLeaks.class)
class AlgorithmsIT {
    private final Rig rig = new Rig();

    @AfterEach
    void tearDown() {
        rig.close();
    }

    private static OpenSshServer server(String... config) {
        return OpenSshServer.builder().config(config).start();
    }

    private Session connect(OpenSshServer server, Algorithms algorithms) {
        return session(rig.connect(server, spec -> spec.algorithms(algorithms)));
    }

    private static Session session(Link link) {
        return ((JschLink) link).session();
    }

    static Stream<Arguments> oldServers() {
        return Stream.of(
                old(
                        "KexAlgorithms diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1,"
                                + "diffie-hellman-group1-sha1",
                        "no common key exchange algorithms: it offers diffie-hellman-group-exchange-sha1,"
                                + "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1; we offer ",
                        "to allow diffie-hellman-group14-sha1, give "
                                + "algorithms(Algorithms.defaults().keyExchange(\"+diffie-hellman-group14-sha1\"))",
                        set -> set.keyExchange("+diffie-hellman-group14-sha1")),
                old(
                        "KexAlgorithms diffie-hellman-group1-sha1",
                        "no common key exchange algorithms: it offers diffie-hellman-group1-sha1; we offer ",
                        "give algorithms(Algorithms.defaults().keyExchange(\"+diffie-hellman-group1-sha1\"))",
                        set -> set.keyExchange("+diffie-hellman-group1-sha1")),
                old(
                        "HostKeyAlgorithms ssh-rsa",
                        "no common host key algorithms: it offers ssh-rsa; we offer ",
                        "to allow ssh-rsa, give algorithms(Algorithms.defaults().hostKeys(\"+ssh-rsa\"))",
                        set -> set.hostKeys("+ssh-rsa")),
                old(
                        "Ciphers 3des-cbc,aes128-cbc,aes256-cbc",
                        "no common ciphers: it offers 3des-cbc,aes128-cbc,aes256-cbc; we offer ",
                        "to allow aes256-cbc, give algorithms(Algorithms.defaults().ciphers(\"+aes256-cbc\"))",
                        set -> set.ciphers("+aes256-cbc")),
                old(
                        "Ciphers 3des-cbc",
                        "no common ciphers: it offers 3des-cbc; we offer ",
                        "give algorithms(Algorithms.defaults().ciphers(\"+3des-cbc\"))",
                        set -> set.ciphers("+3des-cbc")),
                old(
                        "MACs hmac-md5,hmac-sha1",
                        "no common MACs: it offers hmac-md5,hmac-sha1; we offer ",
                        "to allow hmac-sha1, give algorithms(Algorithms.defaults().macs(\"+hmac-sha1\"))",
                        set -> set.macs("+hmac-sha1").ciphers("aes128-ctr")));
    }

    private static Arguments old(String config, String start, String end, UnaryOperator<Algorithms> remedy) {
        return Arguments.of(config, start, end, remedy);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("oldServers")
    void anOldServerIsRefusedWithTheRemedyAndTheRemedyHelps(
            String config, String start, String end, UnaryOperator<Algorithms> remedy) {
        try (OpenSshServer server = server(config)) {
            TunnelSpec.Builder spec = rig.spec(server).hostKeys(HostKeys.insecureAcceptAny());
            TunnelException failure = rig.failure(spec);
            assertThat(failure.reason()).isEqualTo(FailureReason.NO_COMMON_ALGORITHM);
            assertThat(Rig.text(failure))
                    .contains("(start 1, T): " + start)
                    .endsWith(
                            end + "; update the server, or allow one of the algorithms it offers [NO_COMMON_ALGORITHM]")
                    .doesNotContain("ext-info", "kex-strict");
            Session session = session(rig.connect(spec.algorithms(remedy.apply(Algorithms.defaults()))));
            assertThat(session.isConnected()).isTrue();
        }
    }

    @Test
    void aServerThatHasNothingWeKnowIsTold() {
        try (OpenSshServer server = server("MACs umac-64@openssh.com")) {
            assertThat(Rig.text(rig.failure(rig.spec(server))))
                    .contains("no common MACs: it offers umac-64@openssh.com; we offer hmac-sha2-256-etm@openssh.com,"
                            + "hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512; update the server,");
        }
    }

    @Test
    void anRsaKeyLogsInToAServerThatOnlyKnowsSha1WhenThatIsAllowed(@TempDir Path dir) {
        SshKeys.KeyFile rsa = SshKeys.generate(dir, "rsa", SshKeys.Type.RSA_3072, SshKeys.Format.OPENSSH, null);
        try (OpenSshServer server = server("PubkeyAcceptedAlgorithms ssh-rsa")) {
            server.authorize(rsa.publicLine());
            TunnelSpec.Builder spec = TunnelSpec.builder("old")
                    .gateway(rig.spec(server).build().gateways().get(0))
                    .hostKeys(HostKeys.pinned(server.hostKeyFingerprint()))
                    .forward(dev.managedtunnel.Forward.local("db", 1))
                    .credentials(Credentials.privateKey(rsa.privateKey()));
            assertThat(rig.failure(spec).reason()).isEqualTo(FailureReason.AUTH_REJECTED);
            assertThat(rig.connect(spec.algorithms(Algorithms.defaults().publicKeys("+ssh-rsa"))))
                    .isNotNull();
        }
    }

    @Test
    void theSettingsDecide() throws IOException {
        try (OpenSshServer server = server()) {
            Session usual = connect(server, Algorithms.defaults());
            assertThat(usual.getKexAlgorithm()).isEqualTo(bestKeyExchange());
            assertThat(usual.getServerHostKeyAlgorithm()).isEqualTo("ssh-ed25519");
            assertThat(usual.getCompressionAlgorithmC2S()).isEqualTo("none");
            Session chosen = connect(
                    server,
                    Algorithms.defaults()
                            .keyExchange("^ecdh-sha2-nistp384")
                            .ciphers("-aes*gcm*,aes128-*")
                            .macs("hmac-sha2-512"));
            assertThat(chosen.getKexAlgorithm()).isEqualTo("ecdh-sha2-nistp384");
            assertThat(chosen.getCipherAlgorithmC2S()).isEqualTo("aes192-ctr");
            assertThat(chosen.getCipherAlgorithmS2C()).isEqualTo("aes192-ctr");
            assertThat(chosen.getMacAlgorithmC2S()).isEqualTo("hmac-sha2-512");
            assertThat(chosen.getMacAlgorithmS2C()).isEqualTo("hmac-sha2-512");
        }
    }

    /** One that a quantum computer can't break where both sides have it: Java from 24 on, OpenSSH from 9.9 on. */
    private static String bestKeyExchange() throws IOException {
        Process process = new ProcessBuilder("ssh", "-Q", "kex").start();
        List<String> server = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                .lines()
                .toList();
        String quantumSafe = "mlkem768x25519-sha256";
        boolean both = Runtime.version().feature() >= 24 && server.contains(quantumSafe);
        return both ? quantumSafe : "curve25519-sha256";
    }

    @Test
    void aKindOfHostKeyThatIsKnownIsPreferredToWhatTheSettingsPrefer(@TempDir Path dir) throws IOException {
        try (OpenSshServer server = server()) {
            String rsa = server.hostKeyLines().stream()
                    .filter(line -> line.contains(" ssh-rsa "))
                    .findFirst()
                    .orElseThrow();
            Path known = Files.writeString(dir.resolve("known_hosts"), rsa + "\n");
            Session session = session(rig.connect(
                    server,
                    spec -> spec.hostKeys(HostKeys.knownHosts(known))
                            .algorithms(Algorithms.defaults().hostKeys("^ecdsa-sha2-nistp256"))));
            assertThat(session.getServerHostKeyAlgorithm()).isEqualTo("rsa-sha2-512");
        }
    }

    @Test
    void whatOnlyBouncyCastleHasIsLeftOutAndAloneAnError() {
        try (OpenSshServer server = server()) {
            Session session = connect(server, Algorithms.defaults().ciphers("^chacha20-poly1305@openssh.com"));
            assertThat(session.getCipherAlgorithmC2S()).isEqualTo("aes128-gcm@openssh.com");
            TunnelException failure = rig.failure(
                    rig.spec(server).algorithms(Algorithms.defaults().ciphers("chacha20-poly1305@openssh.com")));
            assertThat(failure.reason()).isEqualTo(FailureReason.NO_COMMON_ALGORITHM);
            assertThat(Rig.text(failure))
                    .contains(": this JVM has none of the ciphers that are set; they need Bouncy Castle "
                            + "(org.bouncycastle:bcprov-jdk18on) on the class path");
        }
    }

    @Test
    void strictKeyExchangeIsDoneWithAServerThatOffersIt() {
        try (OpenSshServer server = server()) {
            assertThat(connect(server, Algorithms.defaults()).isStrictKex()).isTrue();
        }
    }

    /** What the Terrapin attack needs: a message of no meaning, sent in before there are keys. */
    @ParameterizedTest
    @ValueSource(ints = {SshConstants.SSH_MSG_IGNORE, SshConstants.SSH_MSG_DEBUG})
    void aMessageAmongTheFirstKeyExchangeOfAServerThatOffersItToBeStrictEndsIt(int message) {
        SessionListener injecting = new SessionListener() {
            @Override
            public void sessionNegotiationEnd(
                    org.apache.sshd.common.session.Session session,
                    java.util.Map<org.apache.sshd.common.kex.KexProposalOption, String> clientProposal,
                    java.util.Map<org.apache.sshd.common.kex.KexProposalOption, String> serverProposal,
                    java.util.Map<org.apache.sshd.common.kex.KexProposalOption, String> negotiatedOptions,
                    Throwable reason) {
                try {
                    Buffer buffer = session.createBuffer((byte) message);
                    if (message == SshConstants.SSH_MSG_DEBUG) {
                        buffer.putBoolean(false);
                    }
                    buffer.putString("");
                    buffer.putString("");
                    session.writePacket(buffer);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        };
        try (MinaServer server = MinaServer.builder()
                .configure(sshd -> sshd.addSessionListener(injecting))
                .start()) {
            TunnelException failure = rig.failure(rig.spec(server));
            assertThat(failure.reason()).isEqualTo(FailureReason.KEX_FAILED);
            assertThat(Rig.text(failure)).contains("invalid protocol(kex): " + message);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "delayed", "no"})
    void compressionIsUsedWhereTheServerHasIt(String server) {
        try (OpenSshServer sshd = server("Compression " + server)) {
            Session session = session(rig.connect(sshd, spec -> spec.compression(true)));
            String expected = server.equals("no") ? "none" : "zlib@openssh.com";
            assertThat(session.getCompressionAlgorithmC2S()).isEqualTo(expected);
            assertThat(session.getCompressionAlgorithmS2C()).isEqualTo(expected);
        }
    }
}
