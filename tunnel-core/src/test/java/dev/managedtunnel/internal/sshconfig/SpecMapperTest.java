package dev.managedtunnel.internal.sshconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.TunnelSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a configuration where we do more, less or something else than {@code ssh}. */
class SpecMapperTest {
    @TempDir
    Path dir;

    private Sandbox sandbox;
    private List<String> notes = List.of();

    @BeforeEach
    void makeAHome() {
        sandbox = new Sandbox(dir);
    }

    /** The specification for "db"; one forward and one way to log in are added where there are none. */
    private TunnelSpec spec(String config) {
        sandbox.user("config", config);
        TunnelSpec.Builder builder = TunnelSpec.builder("test");
        SshConfig read = sandbox.config();
        read.fill("db", builder);
        notes = read.notes().stream()
                .map(note -> note.replace(sandbox.home + "/.ssh/", ""))
                .toList();
        return builder.forward(Forward.local("added", 1).named("added"))
                .credentials(Credentials.password(() -> new char[0]))
                .build();
    }

    private List<String> credentials(String config) {
        List<Credentials> all = spec(config).credentials();
        return all.subList(0, all.size() - 1).stream()
                .map(one -> one instanceof Credentials.Agent agent
                                && !agent.publicKeys().isEmpty()
                        ? one + " only " + agent.publicKeys()
                        : one.toString())
                .map(text -> text.replace(sandbox.home + "/", "~/"))
                .toList();
    }

    @Test
    void nothingIsNotedOfWhatIsSupportedOrMeansNothing() {
        spec("""
                HostName db.example
                ForwardAgent yes
                SendEnv LANG
                CanonicalizeHostname no
                GatewayPorts no
                RekeyLimit default none
                AddressFamily any
                ExitOnForwardFailure yes
                ProxyCommand none
                """);
        assertThat(notes).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "AddressFamily inet|AddressFamily is not supported and has no effect",
                "canonicalizehostname yes|canonicalizehostname is not supported and has no effect",
                "GatewayPorts yes|GatewayPorts is not supported and has no effect",
                "PreferredAuthentications publickey|PreferredAuthentications is not supported and has no effect",
                "PubkeyAuthentication no|PubkeyAuthentication is not supported and has no effect",
                "KnownHostsCommand /bin/keys|KnownHostsCommand is not supported and has no effect",
                "Tag work|Tag is not supported and has no effect",
                "UseFoo yes|UseFoo is not known and has no effect; IgnoreUnknown would say so without a warning",
                "ExitOnForwardFailure no|ExitOnForwardFailure 'no' is not supported: a start fails when a forward is"
                        + " refused",
                "StreamLocalBindUnlink no|StreamLocalBindUnlink 'no' is not supported: a socket file to which nobody"
                        + " listens is replaced",
                "StrictHostKeyChecking no|StrictHostKeyChecking 'no' is not supported: host keys are checked strictly;"
                        + " 'accept-new' is supported",
                "ServerAliveInterval 0|ServerAliveInterval 0 is not supported: a dead gateway would not be noticed;"
                        + " keep-alives stay on",
                "ConnectTimeout none|ConnectTimeout without a limit is not supported: a start has its usual deadline",
                "Match exec /bin/true|Match 'exec' is not supported: its section is left out",
                "Match !exec /bin/false|Match 'exec' is not supported: its section is left out",
                "Match localnetwork 10.0.0.0/8|Match 'localnetwork' is not supported: its section is left out",
                "CertificateFile /c|CertificateFile has no effect for [/c], since it can't be told whose they are; name"
                        + " each as its key, with -cert.pub behind",
            })
    void whatHasNoEffectIsNotedOnceWithItsPlace(String line, String note) {
        TunnelSpec spec = spec("\n" + line + "\n  User unseen\n\nHost *\n  " + line + "\n");
        assertThat(notes).filteredOn(text -> text.startsWith("config:2: ")).containsExactly("config:2: " + note);
        if (line.startsWith("Match")) {
            assertThat(spec.gateways().get(0).user()).isEqualTo("jane");
        } else {
            assertThat(notes).hasSize(1);
        }
    }

    @Test
    void noCommandIsRunAndASectionBelowMatchExecIsLeftOut() {
        Path trace = dir.resolve("trace");
        TunnelSpec spec = spec("Match host db exec \"touch " + trace + "\"\n  Port 1\nMatch host web exec \"touch "
                + trace + "\"\n  Port 2\n");
        assertThat(trace).doesNotExist();
        assertThat(spec.gateways().get(0).port()).isEqualTo(22);
        assertThat(notes).containsExactly("config:1: Match 'exec' is not supported: its section is left out");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ProxyCommand nc -x secret %h|ProxyCommand needs a shell, which is never run; use ProxyJump for what 'ssh"
                        + " -W' does, or Gateway.proxy for an HTTP or SOCKS proxy",
                "RevokedHostKeys /etc/revoked|RevokedHostKeys is not supported, and would be missed; mark the keys with"
                        + " @revoked in known_hosts",
                "RefuseConnection closed|RefuseConnection 'closed' is why the configuration refuses this connection",
                "RemoteForward 1080|RemoteForward '1080' has no target behind it (remote dynamic forwarding is not"
                        + " supported); write port host:port",
                "RemoteForward /run/r.sock db:80|RemoteForward: forward -R: '[/run/r.sock]:db:80' at character 1: a remote"
                        + " forward can't listen on a Unix socket: JSch, the SSH library below, refuses the channels that"
                        + " the gateway would open for it (forwarded-streamlocal@openssh.com); give a port",
                "DynamicForward 1080 x:1|DynamicForward 'x:1' is one argument too many; remove it",
                "HostName a/b|HostName: gateway host: 'a/b' is no host; give a name or an address, without port, user,"
                        + " brackets or spaces",
                "BindAddress 1.2.3.4.5|BindAddress '1.2.3.4.5' is no address; give one of this machine's",
                "Ciphers aes128-ctr;b|Ciphers: ciphers: 'aes128-ctr;b' is no list of algorithms; give names with commas"
                        + " between, perhaps after one +, - or ^",
                "ServerAliveInterval 2d|ServerAliveInterval: keepAlive interval: 'PT48H' is out of range; give PT0.1S to"
                        + " PT24H",
                "HostKeyAlias a*|HostKeyAlias: host key alias: 'a*' is no host; give a name or an address, without port,"
                        + " user, brackets or spaces",
            })
    void whatCantBeDoneSafelyIsRefused(String line, String problem) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec("\n" + line + "\n"))
                .withMessage(sandbox.home + "/.ssh/config:2: " + problem);
    }

    @Test
    void theValueOfAProxyCommandIsNotShown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec("ProxyCommand connect --password s3cret\n"))
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("s3cret"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b@", "@db", "ssh://", "ssh://db:x", "ssh://db/path"})
    void aDestinationThatIsNoneIsRefused(String destination) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sandbox.route(destination))
                .withMessageStartingWith("ssh config: destination: '" + destination + "' ");
    }

    @Test
    void jumpHostsThatLeadInACircleAreRefused() {
        sandbox.user("config", "Host a\n  ProxyJump b\nHost b\n  ProxyJump c\nHost c\n  HostName B\n  ProxyJump d\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sandbox.route("a"))
                .withMessage(
                        sandbox.home + "/.ssh/config:4: ProxyJump leads back to c; put 'ProxyJump none' into a section"
                                + " for it, above this line");
    }

    @Test
    void strictIsTheDefaultAlsoForAskAndNo() {
        for (String value : List.of("ask", "no", "yes")) {
            HostKeys keys = spec("UserKnownHostsFile ~/k\nGlobalKnownHostsFile none\nStrictHostKeyChecking " + value)
                    .hostKeys();
            assertThat(keys).as(value).hasToString("known hosts [" + sandbox.home.resolve("k") + "]");
        }
    }

    @Test
    void thereHasToBeAFileToCheckAgainst() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec("UserKnownHostsFile none\nGlobalKnownHostsFile none\n"))
                .withMessage(
                        sandbox.home + "/.ssh/config:1: UserKnownHostsFile leaves no file to check host keys against;"
                                + " name one");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec("UserKnownHostsFile none\nStrictHostKeyChecking accept-new\n"))
                .withMessage(sandbox.home + "/.ssh/config:1: UserKnownHostsFile leaves no file to add new keys to; name"
                        + " one");
    }

    @Test
    void whatIsOpenIsAsInABuilderAndNotAsInSsh() {
        TunnelSpec spec = spec("ServerAliveCountMax 9\n");
        assertThat(spec.keepAlive())
                .hasToString(KeepAlive.every(Duration.ofSeconds(10)).toString());
        assertThat(spec.connectTimeout()).isEqualTo(Duration.ofSeconds(15));
        assertThat(spec("ServerAliveInterval 5\n").keepAlive())
                .hasToString(KeepAlive.every(Duration.ofSeconds(5)).missed(3).toString());
    }

    @Test
    void tooFewMissedKeepAlivesAreTwo() {
        assertThat(spec("ServerAliveInterval 5\nServerAliveCountMax 1\n")
                        .keepAlive()
                        .missed())
                .isEqualTo(2);
        assertThat(notes)
                .containsExactly("config:2: ServerAliveCountMax 1 is not supported: a session is given up after 2");
    }

    @Test
    void forwardsToOneTargetAreToldApartByTheirListener() {
        TunnelSpec spec = spec("""
                LocalForward 5432 db:5432
                LocalForward 5433 db:5432
                RemoteForward 5432 db:5432
                DynamicForward 1080
                DynamicForward 1081
                """);
        assertThat(spec.forwards().stream().map(Forward::name))
                .containsExactly(
                        "db:5432",
                        "db:5432 (127.0.0.1:5433)",
                        "db:5432 (localhost:5432)",
                        "dynamic",
                        "dynamic (127.0.0.1:1081)",
                        "added");
    }

    @Test
    void aForwardsPathMayGetColonsFromATokenWithoutBeingTakenApart() {
        TunnelSpec spec = spec("HostName 2001:db8::7\nLocalForward /run/%h.sock /run/pg.sock\n");
        assertThat(spec.forwards().get(0)).hasToString("/run/2001:db8::7.sock -> /run/pg.sock");
    }

    @Test
    void settingsMadeAfterwardsWin() {
        sandbox.user("config", "ServerAliveInterval 5\nCompression yes\nLocalForward 5432 db:5432\n");
        TunnelSpec.Builder builder = TunnelSpec.builder("test");
        sandbox.config().fill("db", builder);
        TunnelSpec spec = builder.keepAlive(KeepAlive.every(Duration.ofSeconds(20)))
                .compression(false)
                .hostKeys(HostKeys.insecureAcceptAny())
                .credentials(Credentials.password(() -> new char[0]))
                .forward(Forward.local("web", 80))
                .build();
        assertThat(spec.keepAlive().interval()).isEqualTo(Duration.ofSeconds(20));
        assertThat(spec.compression()).isFalse();
        assertThat(spec.hostKeys()).isSameAs(HostKeys.insecureAcceptAny());
        assertThat(spec.forwards()).hasSize(2);
    }

    @Test
    void namedKeysComeBeforeTheAgentAndTheUsualOnesBehind() {
        sandbox.user("id_ed25519", "key");
        sandbox.environment.put("SSH_AUTH_SOCK", "/run/agent");
        assertThat(credentials("")).containsExactly("SSH agent", "private key ~/.ssh/id_ed25519");
        assertThat(credentials("IdentityFile ~/a\nIdentityFile ~/b\n"))
                .containsExactly("private key ~/a", "private key ~/b", "SSH agent");
        assertThat(credentials("IdentityFile none\n")).containsExactly("SSH agent");
    }

    @Test
    void theAgentIsTheOneThatIsAskedForIfThereIsOne() {
        assertThat(credentials("")).isEmpty();
        assertThat(credentials("IdentityAgent SSH_AUTH_SOCK\n")).isEmpty();
        assertThat(credentials("IdentityAgent $OTHER\n")).isEmpty();
        sandbox.environment.put("SSH_AUTH_SOCK", "/run/agent");
        sandbox.environment.put("OTHER", "/run/other");
        assertThat(credentials("")).containsExactly("SSH agent");
        assertThat(credentials("IdentityAgent SSH_AUTH_SOCK\n")).containsExactly("SSH agent");
        assertThat(credentials("IdentityAgent $OTHER\n")).containsExactly("SSH agent /run/other");
        assertThat(credentials("IdentityAgent ~/%u.sock\n")).containsExactly("SSH agent ~/jane.sock");
        assertThat(credentials("IdentityAgent none\n")).isEmpty();
    }

    @Test
    void withIdentitiesOnlyTheAgentIsAskedForTheseOnly() {
        sandbox.environment.put("SSH_AUTH_SOCK", "/run/agent");
        sandbox.user("a", "key");
        sandbox.user("a.pub", "key");
        sandbox.user("card.pub", "key");
        assertThat(
                        credentials(
                                "IdentitiesOnly yes\nIdentityFile ~/.ssh/a\nIdentityFile ~/.ssh/card.pub\nIdentityFile ~/.ssh/b\n"))
                .containsExactly(
                        "private key ~/.ssh/a", "private key ~/.ssh/b", "SSH agent only [~/.ssh/a, ~/.ssh/card.pub]");
        assertThat(notes)
                .containsExactly(
                        "config:1: IdentitiesOnly keeps the agent from being asked for b, which has no .pub file beside it");
        assertThat(credentials("IdentitiesOnly yes\nIdentityFile ~/.ssh/b\n")).containsExactly("private key ~/.ssh/b");
        assertThat(credentials("IdentitiesOnly yes\n")).isEmpty();
    }

    @Test
    void certificatesGoToTheirKeys() {
        TunnelSpec spec = spec("""
                IdentityFile ~/a
                IdentityFile ~/b
                CertificateFile ~/b-cert.pub
                """);
        assertThat(spec.credentials().stream()
                        .filter(Credentials.PrivateKey.class::isInstance)
                        .map(key -> ((Credentials.PrivateKey) key).certificate().isPresent()))
                .containsExactly(false, true);
        Credentials only = spec("IdentityFile ~/a\nCertificateFile ~/any.pub\n")
                .credentials()
                .get(0);
        assertThat(((Credentials.PrivateKey) only).certificate()).contains(sandbox.home.resolve("any.pub"));
        assertThat(notes).isEmpty();
    }

    @Test
    void aJumpHostHasItsOwnKeysAndHostKeysAndTheRestIsTheTunnels() {
        TunnelSpec spec = spec("""
                Host db
                    ProxyJump edge
                    Ciphers aes256-ctr
                    ServerAliveInterval 5
                Host edge
                    User jump
                    BindAddress 127.0.0.1
                    IdentityFile ~/edge
                    UserKnownHostsFile ~/edge_hosts
                    GlobalKnownHostsFile none
                    HostKeyAlias Front
                    Ciphers aes128-ctr
                    LocalForward 8080 web:80
                Host *
                    ServerAliveInterval 5
                """);
        Gateway edge = spec.gateways().get(0).via().orElseThrow();
        assertThat(edge).hasToString("jump@edge:22 from 127.0.0.1");
        assertThat(edge.credentials()).singleElement().hasToString("private key " + sandbox.home.resolve("edge"));
        assertThat(edge.hostKeys()).get().hasToString("known hosts [" + sandbox.home.resolve("edge_hosts") + "]");
        assertThat(edge.hostKeyAlias()).contains("front");
        assertThat(spec.forwards()).singleElement().hasToString("added 127.0.0.1:0 -> added:1");
        assertThat(notes)
                .containsExactly(
                        "config:12: Ciphers has no effect for the jump host edge: what holds for db holds for the"
                                + " way there");
    }
}
