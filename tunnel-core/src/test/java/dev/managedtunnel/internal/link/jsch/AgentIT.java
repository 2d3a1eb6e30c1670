package dev.managedtunnel.internal.link.jsch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.testing.DropbearServer;
import dev.managedtunnel.testing.FakeAgent;
import dev.managedtunnel.testing.FakeAgent.Manner;
import dev.managedtunnel.testing.MinaServer;
import dev.managedtunnel.testing.NoLeaks;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.SshAgent;
import dev.managedtunnel.testing.SshKeys;
import dev.managedtunnel.testing.SshKeys.KeyFile;
import dev.managedtunnel.testing.SshServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Logging in with what an agent holds, a real one and one that misbehaves. */
@ExtendWith(NoLeaks.class)
@NoLeaks.PerClass
class AgentIT {
    private static final String REMEDY =
            "; check the key file, its permissions and its passphrase, or the SSH agent [KEY_UNREADABLE]";
    private static final Duration DEADLINE = Duration.ofMillis(1500);

    @TempDir
    static Path shared;

    private static OpenSshServer server;
    private static KeyFile authority;

    @TempDir
    private Path dir;

    private Rig rig;
    private SshAgent agent;

    @BeforeAll
    static void startServer() {
        authority = SshKeys.ed25519(shared, "authority");
        server = OpenSshServer.builder().userAuthority(authority).start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void setUp() {
        rig = new Rig();
        agent = SshAgent.start();
    }

    @AfterEach
    void tearDown() {
        rig.close();
        agent.close();
    }

    private TunnelSpec.Builder spec(SshServer gateway, Credentials... credentials) {
        TunnelSpec pinned = rig.spec(gateway).build();
        return TunnelSpec.builder(rig.name)
                .gateway(pinned.gateways().get(0))
                .hostKeys(pinned.hostKeys())
                .forward(pinned.forwards().get(0))
                .credentials(credentials);
    }

    private Credentials.Agent credential() {
        return Credentials.agent(agent.socket());
    }

    private TunnelException timesOut(Credentials credential) {
        LinkStart start = rig.start(spec(server, credential).build());
        rig.scheduler.schedule(DEADLINE, () -> start.timeOut(DEADLINE));
        return Rig.failure(start);
    }

    private KeyFile key(String name, SshKeys.Type type) {
        return type == SshKeys.Type.ED25519
                ? SshKeys.ed25519(dir, name)
                : SshKeys.generate(dir, name, type, SshKeys.Format.OPENSSH, null);
    }

    @ParameterizedTest
    @EnumSource(names = {"ED25519", "ECDSA_256", "ECDSA_384", "ECDSA_521", "RSA_3072"})
    void aKeyOfTheAgentLogsIn(SshKeys.Type type) {
        KeyFile key = key("k", type);
        server.authorize(key.publicLine());
        agent.add(key);
        assertThat(rig.connect(spec(server, credential()))).isNotNull();
    }

    @ParameterizedTest
    @EnumSource(names = {"ED25519", "ECDSA_256", "RSA_3072"})
    void aCertificateOfTheAgentLogsIn(SshKeys.Type type) {
        KeyFile key = key("k", type);
        SshKeys.signUser(authority, key, server.user());
        agent.add(key);
        int logged = server.log().length();
        assertThat(rig.connect(spec(server, credential()))).isNotNull();
        assertThat(server.log().substring(logged)).containsPattern("Accepted publickey for .*-CERT");
    }

    @Test
    void itLogsInToDropbearAndToMinaToo() throws Exception {
        KeyFile key = key("k", SshKeys.Type.ED25519);
        agent.add(key);
        try (DropbearServer dropbear = DropbearServer.usual();
                MinaServer mina = MinaServer.usual()) {
            for (SshServer each : new SshServer[] {dropbear, mina}) {
                each.authorize(key.publicLine());
                var link = rig.connect(spec(each, credential()));
                link.cut(Rig.closing());
                Rig.lost(link);
            }
        }
    }

    /** The server verifies what a FIDO device would have signed; the device's part is computed by the test. */
    @Test
    void aFidoKeyOfTheAgentLogsIn() {
        try (FakeAgent fido = FakeAgent.start()) {
            server.authorize(fido.publicLine());
            int logged = server.log().length();
            assertThat(rig.connect(spec(server, Credentials.agent(fido.socket()))))
                    .isNotNull();
            assertThat(server.log().substring(logged)).containsPattern("Accepted publickey for .*ED25519-SK");
        }
    }

    @Test
    void keysAreOfferedInTheOrderOfTheCredentialsAndEachOnce() {
        KeyFile first = key("first", SshKeys.Type.ED25519);
        KeyFile second = key("second", SshKeys.Type.ED25519);
        KeyFile third = key("third", SshKeys.Type.ED25519);
        agent.add(first);
        agent.add(second);
        TunnelException failure = rig.failure(spec(
                server,
                Credentials.privateKey(first.privateKey()),
                credential(),
                Credentials.privateKey(third.privateKey())));
        assertThat(failure.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
        assertThat(Rig.text(failure))
                .contains("it accepts publickey; tried private key " + first.privateKey() + ", key ssh-ed25519 "
                        + SshKeys.fingerprint(second.publicLine()) + " 'second' of SSH agent " + agent.socket()
                        + ", private key " + third.privateKey() + ";");
    }

    @Test
    void anAgentWithManyKeysIsToldWhichToOffer() {
        KeyFile right = key("right", SshKeys.Type.ED25519);
        for (int i = 0; i < 8; i++) {
            agent.add(key("wrong" + i, SshKeys.Type.ED25519));
        }
        agent.add(right);
        try (OpenSshServer impatient =
                OpenSshServer.builder().config("MaxAuthTries 3").start()) {
            impatient.authorize(right.publicLine());
            TunnelException failure = rig.failure(spec(impatient, credential()));
            assertThat(failure.reason()).isEqualTo(FailureReason.AUTH_REJECTED);
            assertThat(failure).hasMessageContaining("Too many authentication failures");
            assertThat(rig.connect(spec(impatient, credential().onlyKeys(right.publicKey()))))
                    .isNotNull();
            // ssh's IdentityFile is often the name of the private key.
            assertThat(rig.connect(spec(impatient, credential().onlyKeys(right.privateKey()))))
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ED25519", "ECDSA_384", "RSA_3072"})
    void aKeyThatIsToBeOfferedComesWithItsCertificate(SshKeys.Type type) {
        KeyFile key = key("k", type);
        SshKeys.signUser(SshKeys.ed25519(dir, "stranger"), key, server.user());
        KeyFile other = key("other", SshKeys.Type.ED25519);
        agent.add(other);
        agent.add(key);
        assertThat(Rig.text(rig.failure(spec(server, credential().onlyKeys(key.publicKey(), other.publicKey())))))
                .containsPattern("tried key \\S+-cert-v01@openssh.com \\S+ 'k' of .*, key (ssh|ecdsa)\\S+ "
                        + java.util.regex.Pattern.quote(SshKeys.fingerprint(key.publicLine()))
                        + " 'k' of .*, key ssh-ed25519 "
                        + java.util.regex.Pattern.quote(SshKeys.fingerprint(other.publicLine())) + " 'other' of ");
    }

    @Test
    void aKeyThatTheAgentDoesNotSignWithIsSaidAndTheNextOneTried() {
        KeyFile bound = key("bound", SshKeys.Type.ED25519);
        KeyFile free = key("free", SshKeys.Type.ED25519);
        server.authorize(bound.publicLine());
        // To be confirmed by somebody, and there is nobody.
        agent.add(bound, "-c");
        assertThat(Rig.text(rig.failure(spec(server, credential()))))
                .contains("'bound' of SSH agent " + agent.socket() + " (the agent did not sign with it: it refused);");
        agent.add(free);
        server.authorize(free.publicLine());
        assertThat(rig.connect(spec(server, credential()))).isNotNull();
    }

    /** It would have to be told, on the connection by which it signs, which server asks; JSch does not know how. */
    @Test
    void aKeyThatIsBoundToHostsIsRefusedByTheAgent() throws Exception {
        KeyFile bound = key("bound", SshKeys.Type.ED25519);
        server.authorize(bound.publicLine());
        Path known = server.writeKnownHosts(dir.resolve("known_hosts"));
        agent.add(bound, "-H", known.toString(), "-h", "[" + server.host() + "]:" + server.port());
        assertThat(Rig.text(rig.failure(spec(server, credential()))))
                .contains("(the agent did not sign with it: it refused);");
    }

    private String why(Credentials credential) {
        TunnelException failure = rig.failure(spec(server, credential));
        assertThat(failure.reason()).isEqualTo(FailureReason.KEY_UNREADABLE);
        assertThat(Rig.text(failure)).endsWith(REMEDY);
        return Rig.text(failure)
                .replaceFirst("^cannot log in to \\S+ \\(start \\d+, T\\): ", "")
                .replace(REMEDY, "");
    }

    @Test
    void anAgentThatIsNotThereSaysSoAndIsLeftOutBesideAnotherCredential() {
        Path nowhere = dir.resolve("nowhere");
        assertThat(why(Credentials.agent(nowhere)))
                .isEqualTo("SSH agent " + nowhere + " can't be asked for its keys: No such file or directory");
        agent.kill();
        assertThat(why(credential()))
                .isEqualTo("SSH agent " + agent.socket() + " can't be asked for its keys: Connection refused");
        assertThat(rig.connect(spec(server, credential(), Credentials.privateKey(server.privateKey()))))
                .isNotNull();
    }

    @Test
    void anAgentThatHasNoneOfTheKeys() throws Exception {
        String remedy = ", or is locked; ssh-add adds keys, and ssh-add -X unlocks it";
        assertThat(why(credential())).isEqualTo("SSH agent " + agent.socket() + " has no key" + remedy);
        KeyFile other = key("other", SshKeys.Type.ED25519);
        agent.add(key("k", SshKeys.Type.ED25519));
        assertThat(why(credential().onlyKeys(other.publicKey())))
                .isEqualTo("SSH agent " + agent.socket() + " has none of the keys asked for (" + other.publicKey() + ")"
                        + remedy);
        agent.lock();
        assertThat(why(credential())).isEqualTo("SSH agent " + agent.socket() + " has no key" + remedy);
        Path missing = dir.resolve("missing.pub");
        assertThat(why(credential().onlyKeys(missing))).startsWith("public key " + missing + " can't be read: ");
        Path text = Files.writeString(dir.resolve("text"), "hello, world");
        assertThat(why(credential().onlyKeys(text)))
                .isEqualTo("public key " + text + " is no public key of OpenSSH's form");
    }

    @ParameterizedTest
    @CsvSource({
        "REFUSE,it refused",
        "HANG_UP,it hung up",
        "BABBLE,its answer is damaged",
        "DAMAGE,its answer is damaged"
    })
    void anAgentThatMisbehavesIsToldFromOneWithoutKeys(Manner manner, String text) {
        try (FakeAgent odd = FakeAgent.start().listing(manner)) {
            assertThat(why(Credentials.agent(odd.socket())))
                    .isEqualTo("SSH agent " + odd.socket() + " can't be asked for its keys: " + text);
            server.authorize(odd.publicLine());
            odd.listing(Manner.ANSWER).signing(manner);
            assertThat(Rig.text(rig.failure(spec(server, Credentials.agent(odd.socket())))))
                    .contains("'fido [2J' of SSH agent " + odd.socket() + " (the agent did not sign with it: " + text
                            + ");");
        }
    }

    @Test
    void anAgentThatStandsStillIsHeldToTheDeadline() {
        agent.freeze();
        TunnelException failure = timesOut(credential());
        assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_TIMEOUT);
        assertThat(Rig.text(failure))
                .contains("cannot log in to ")
                .contains(": SSH agent " + agent.socket() + " gave no answer within 1.5 s;");
    }

    /** With the workers of a whole tunnel, which newer JVMs make virtual threads. */
    @Test
    void aTunnelWhoseAgentStandsStillTriesAgainAndCanBeClosed() {
        agent.freeze();
        TunnelSpec spec = spec(server, credential())
                .connectTimeout(Duration.ofMillis(300))
                .build();
        try (ManagedTunnel tunnel = spec.start()) {
            org.awaitility.Awaitility.await()
                    .atMost(Rig.SOON)
                    .until(() -> tunnel.status().starts() >= 2);
            assertThat(tunnel.status().lastFailure())
                    .hasValueSatisfying(
                            failure -> assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_TIMEOUT));
        }
    }

    @Test
    void aFidoKeyThatNobodyTouchesIsHeldToTheDeadline() {
        try (FakeAgent fido = FakeAgent.start().signing(Manner.HANG)) {
            server.authorize(fido.publicLine());
            TunnelException failure = timesOut(Credentials.agent(fido.socket()));
            assertThat(failure.reason()).isEqualTo(FailureReason.CONNECT_TIMEOUT);
            assertThat(Rig.text(failure)).contains(": SSH agent " + fido.socket() + " gave no answer within 1.5 s;");
        }
    }

    @Test
    void aStartThatIsCancelledWhileTheAgentSignsLeavesNothing() {
        try (FakeAgent fido = FakeAgent.start().signing(Manner.HANG)) {
            server.authorize(fido.publicLine());
            LinkStart start =
                    rig.start(spec(server, Credentials.agent(fido.socket())).build());
            fido.awaitSignatureAsked();
            start.cancel();
            assertThat(Rig.failure(start).reason()).isEqualTo(FailureReason.CLOSED);
            org.awaitility.Awaitility.await().atMost(Rig.SOON).until(() -> server.sessionCount() == 0);
        }
    }
}
