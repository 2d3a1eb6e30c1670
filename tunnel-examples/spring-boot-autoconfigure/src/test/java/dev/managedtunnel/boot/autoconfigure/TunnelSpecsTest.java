package dev.managedtunnel.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.managedtunnel.Algorithms;
import dev.managedtunnel.Challenge;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.Probe;
import dev.managedtunnel.Proxy;
import dev.managedtunnel.TunnelSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.context.properties.source.MutuallyExclusiveConfigurationPropertiesException;
import org.springframework.boot.io.ApplicationResourceLoader;

/** What properties make of a specification; the properties are bound as Spring Boot binds them. */
class TunnelSpecsTest {
    private static final String TUNNEL = "managed-tunnel.tunnels.orders.";
    private static final String DEFAULTS = "managed-tunnel.defaults.";

    private final Map<String, String> given = new LinkedHashMap<>(Map.of(
            TUNNEL + "gateway", "deploy@bastion.example.com",
            TUNNEL + "credentials.private-key", "/keys/id_ed25519",
            TUNNEL + "forwards", "db.internal:5432"));
    private final DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
    private final ResourceFiles files = new ResourceFiles(ApplicationResourceLoader.get());

    @TempDir
    private Path directory;

    @AfterEach
    void deleteFiles() {
        files.destroy();
    }

    @Test
    void threeLinesAreEnough() {
        TunnelSpec spec = spec();

        assertThat(spec.name()).isEqualTo("orders");
        assertThat(spec.gateways()).containsExactly(Gateway.parse("deploy@bastion.example.com"));
        assertThat(spec.credentials()).singleElement().hasToString("private key /keys/id_ed25519");
        assertThat(spec.forwards()).containsExactly(Forward.local("db.internal", 5432));
        assertThat(spec).usingRecursiveComparison().isEqualTo(spec.toBuilder().build());
    }

    @Test
    void whatIsNotSaidIsTheLibrarysDefault() {
        TunnelSpec library = TunnelSpec.builder("library")
                .gateway("a@b")
                .credentials(Credentials.password(() -> new char[0]))
                .forward(Forward.local("c", 1))
                .build();

        TunnelSpec spec = spec();

        assertThat(spec.keepAlive()).hasToString(library.keepAlive().toString());
        assertThat(spec.restart()).hasToString(library.restart().toString());
        assertThat(spec.parking()).hasToString(library.parking().toString());
        assertThat(spec.failover()).hasToString(library.failover().toString());
        assertThat(spec.algorithms()).isEqualTo(library.algorithms());
        assertThat(spec.hostKeys()).hasToString(library.hostKeys().toString());
        assertThat(spec.connectTimeout()).isEqualTo(library.connectTimeout());
        assertThat(spec.maxWindow()).isEqualTo(library.maxWindow());
        assertThat(spec.compression()).isFalse();
    }

    @Test
    void defaultsHoldWhereATunnelSaysNothing() {
        given.put(DEFAULTS + "keep-alive.interval", "3s");
        given.put(DEFAULTS + "connect-timeout", "4s");
        given.put(TUNNEL + "connect-timeout", "5s");
        given.put(TUNNEL + "keep-alive.missed", "7");

        TunnelSpec spec = spec();

        assertThat(spec.keepAlive()).hasToString("every PT3S, 7 missed");
        assertThat(spec.connectTimeout()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void allPoliciesCanBeSet() {
        given.put(TUNNEL + "restart.gate-time", "1s");
        given.put(TUNNEL + "restart.first-delay", "200ms");
        given.put(TUNNEL + "restart.max-delay", "20s");
        given.put(TUNNEL + "restart.factor", "3");
        given.put(TUNNEL + "restart.jitter", "0.1");
        given.put(TUNNEL + "restart.min-spacing", "2s");
        given.put(TUNNEL + "restart.proven-after", "30s");
        given.put(TUNNEL + "restart.max-starts", "9");
        given.put(TUNNEL + "restart.max-session-age", "1h");
        given.put(TUNNEL + "restart.drain", "9s");
        given.put(TUNNEL + "restart.fail-fast", "false");
        given.put(TUNNEL + "restart.retry-permanent-once-up", "false");
        given.put(TUNNEL + "parking.limit", "5");
        given.put(TUNNEL + "parking.max-wait", "6s");
        given.put(TUNNEL + "max-window", "4MB");
        given.put(TUNNEL + "compression", "true");
        given.put(TUNNEL + "algorithms.key-exchange", "+diffie-hellman-group14-sha1");
        given.put(TUNNEL + "algorithms.host-keys", "+ssh-rsa");
        given.put(TUNNEL + "algorithms.public-keys", "+ssh-rsa");
        given.put(TUNNEL + "algorithms.ciphers", "^chacha20-poly1305@openssh.com");
        given.put(TUNNEL + "algorithms.macs", "-*sha1*");

        TunnelSpec spec = spec();

        assertThat(spec.restart())
                .hasToString(
                        "gate PT1S, backoff PT0.2S to PT20S x 3.0 +- 0.1, spacing PT2S, proven after PT30S, starts 9, replaced after PT1H, drain PT9S");
        assertThat(spec.restart().failFast()).isFalse();
        assertThat(spec.restart().retryPermanentOnceUp()).isFalse();
        assertThat(spec.parking()).hasToString("up to 5 for at most PT6S");
        assertThat(spec.maxWindow()).isEqualTo(4 * 1024 * 1024);
        assertThat(spec.compression()).isTrue();
        assertThat(spec.algorithms())
                .isEqualTo(Algorithms.defaults()
                        .keyExchange("+diffie-hellman-group14-sha1")
                        .hostKeys("+ssh-rsa")
                        .publicKeys("+ssh-rsa")
                        .ciphers("^chacha20-poly1305@openssh.com")
                        .macs("-*sha1*"));
    }

    @Test
    void probesCheckTheWay() {
        given.put(TUNNEL + "probes[0].connect", "db.internal:5432");
        given.put(TUNNEL + "probes[0].name", "db");
        given.put(TUNNEL + "probes[0].every", "5s");
        given.put(TUNNEL + "probes[0].timeout", "2s");
        given.put(TUNNEL + "probes[0].fail-after", "2");
        given.put(TUNNEL + "probes[0].window", "4");
        given.put(TUNNEL + "probes[0].recover-after", "6");
        given.put(TUNNEL + "probes[0].restart-session", "true");
        given.put(TUNNEL + "probes[1].echo", "echo.internal:7");
        given.put(TUNNEL + "probes[1].fail-after", "9");
        given.put(TUNNEL + "probes[2].echo-loop", "true");

        assertThat(spec().probes())
                .extracting(Probe::toString)
                .containsExactly(
                        "db every PT5S, timeout PT2S, fails after 2 of 4, recovers after 6, restarts the session",
                        "echo echo.internal:7 every PT30S, timeout PT10S, fails after 9 of 9, recovers after 3",
                        Probe.echoLoop().toString());
    }

    @Test
    void aProbeMayBeAText() {
        given.put(DEFAULTS + "probes", "db.internal:5432");

        assertThat(spec().probes())
                .extracting(Probe::toString)
                .containsExactly(Probe.connect("db.internal", 5432).toString());
    }

    @Test
    void failoverCanBeSet() {
        given.put(TUNNEL + "failover.fail-after", "4");
        given.put(TUNNEL + "failover.recover-after", "5");
        given.put(TUNNEL + "failover.check-every", "6s");
        given.put(TUNNEL + "failover.dwell", "3h");
        given.put(TUNNEL + "failover.damping-half-life", "0s");
        given.put(TUNNEL + "failover.longest-dwell", "4h");

        assertThat(spec().failover())
                .hasToString(
                        "fail after 4, recover after 5 checks, one every PT6S, dwell PT3H to PT4H, half-life PT0S");
    }

    @Test
    void aShortLongestDwellShortensTheDwell() {
        given.put(TUNNEL + "failover.longest-dwell", "1m");

        assertThat(spec().failover().dwell()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void openSshsConfigurationSaysTheRest() throws Exception {
        Path config = Files.writeString(directory.resolve("config"), """
                Host orders
                  HostName bastion.example.com
                  User deploy
                  Port 2222
                  IdentityFile /keys/id_ed25519
                  ServerAliveInterval 7
                  ServerAliveCountMax 5
                  LocalForward 15432 db.internal:5432
                """);
        given.clear();
        given.put(TUNNEL + "ssh-config.destination", "orders");
        given.put(TUNNEL + "ssh-config.file", config.toString());
        given.put(TUNNEL + "forwards", "cache.internal:6379");
        given.put(TUNNEL + "keep-alive.missed", "9");

        TunnelSpec spec = spec();

        assertThat(spec.gateways()).containsExactly(Gateway.parse("deploy@bastion.example.com:2222"));
        assertThat(spec.forwards()).hasSize(2);
        assertThat(spec.keepAlive()).hasToString("every PT7S, 9 missed");
        TunnelSpecs.requireComplete(settings());
    }

    @Test
    void aLimitOfNoParkedConnectionsSwitchesParkingOff() {
        given.put(TUNNEL + "parking.limit", "0");

        assertThat(spec().parking()).hasToString("off");
    }

    @Test
    void forwardsHaveNamesAndListeners() {
        given.remove(TUNNEL + "forwards");
        given.put(TUNNEL + "forwards[0].local", "db.internal:5432");
        given.put(TUNNEL + "forwards[0].name", "primary");
        given.put(TUNNEL + "forwards[0].listen-on", "15432");
        given.put(TUNNEL + "forwards[1].local", "[fd00::1]:80");
        given.put(TUNNEL + "forwards[1].listen-on", "[::1]:8080");
        given.put(TUNNEL + "forwards[2].local", "/run/postgresql/.s.PGSQL.5432");
        given.put(TUNNEL + "forwards[2].listen-on", "in-process");
        given.put(TUNNEL + "forwards[3].local", "cache.internal:6379");
        given.put(TUNNEL + "forwards[3].listen-on", "/tmp/cache.sock");
        given.put(TUNNEL + "forwards[4].remote", "127.0.0.1:8081");
        given.put(TUNNEL + "forwards[4].listen-on", "9090");
        given.put(TUNNEL + "forwards[5].remote", "127.0.0.1:8082");
        given.put(TUNNEL + "forwards[5].listen-on", "*:9091");
        given.put(TUNNEL + "forwards[6].dynamic", "true");
        given.put(TUNNEL + "forwards[6].listen-on", "1080");

        assertThat(spec().forwards())
                .containsExactly(
                        Forward.local("db.internal", 5432).named("primary").listenOn(15432),
                        Forward.local("fd00::1", 80).listenOn("::1", 8080),
                        Forward.local(Endpoint.unixSocket("/run/postgresql/.s.PGSQL.5432"))
                                .inProcessOnly(),
                        Forward.local("cache.internal", 6379).listenOn(Path.of("/tmp/cache.sock")),
                        Forward.remote(9090, "127.0.0.1", 8081),
                        Forward.remote(0, "127.0.0.1", 8082).listenOn("*", 9091),
                        Forward.dynamic(1080));
    }

    @Test
    void forwardsMayBeOptionsOfOpenSsh() {
        given.put(TUNNEL + "forwards", "-L 15432:db.internal:5432, -D 1080");

        assertThat(spec().forwards())
                .containsExactly(Forward.local("db.internal", 5432).listenOn(15432), Forward.dynamic(1080));
    }

    @Test
    void severalForwardsAreAListWithCommas() {
        given.put(TUNNEL + "forwards", "db.internal:5432, cache.internal:6379");

        assertThat(spec().forwards())
                .containsExactly(Forward.local("db.internal", 5432), Forward.local("cache.internal", 6379));
    }

    @Test
    void aGatewayHasAWay() throws Exception {
        given.remove(TUNNEL + "gateway");
        given.put(TUNNEL + "gateways[0].address", "deploy@bastion.example.com:2222");
        given.put(TUNNEL + "gateways[0].via", "a@edge.example.com, b@inner.example.com:23");
        given.put(TUNNEL + "gateways[0].host-key-alias", "bastion");
        given.put(TUNNEL + "gateways[0].bind-address", "127.0.0.2");
        given.put(TUNNEL + "gateways[0].proxy.http", "proxy.example.com:3128");
        given.put(TUNNEL + "gateways[0].proxy.username", "me");
        given.put(TUNNEL + "gateways[0].proxy.password", "secret");
        given.put(TUNNEL + "gateways[0].credentials.password", "other");
        given.put(TUNNEL + "gateways[0].host-keys.pinned", "SHA256:" + "A".repeat(43));

        Gateway gateway = spec().gateways().get(0);

        Gateway inner = gateway.via().orElseThrow();
        Gateway edge = inner.via().orElseThrow();
        assertThat(gateway.host()).isEqualTo("bastion.example.com");
        assertThat(gateway.hostKeyAlias()).hasValue("bastion");
        assertThat(gateway.credentials()).singleElement().isInstanceOf(Credentials.Password.class);
        assertThat(gateway.hostKeys().orElseThrow()).isInstanceOf(HostKeys.Pinned.class);
        assertThat(inner).hasToString("b@inner.example.com:23 via " + edge);
        assertThat(edge.host()).isEqualTo("edge.example.com");
        assertThat(edge.bindAddress().orElseThrow().getHostAddress()).isEqualTo("127.0.0.2");
        Proxy proxy = edge.proxy().orElseThrow();
        assertThat(proxy).hasToString("HTTP proxy proxy.example.com:3128");
        assertThat(proxy.password().orElseThrow().get()).isEqualTo("secret".toCharArray());
    }

    @Test
    void aSocksProxyNeedsNoLogin() {
        given.remove(TUNNEL + "gateway");
        given.put(TUNNEL + "gateways[0].address", "bastion.example.com");
        given.put(TUNNEL + "gateways[0].proxy.socks5", "proxy.example.com:1080");

        assertThat(spec().gateways().get(0).proxy()).hasValue(Proxy.socks5("proxy.example.com", 1080));
    }

    @Test
    void severalGatewaysShareSeveralSessions() {
        given.remove(TUNNEL + "gateway");
        given.put(TUNNEL + "gateways", "deploy@first.example.com, deploy@second.example.com");
        given.put(TUNNEL + "redundancy", "2");

        TunnelSpec spec = spec();

        assertThat(spec.gateways())
                .containsExactly(Gateway.parse("deploy@first.example.com"), Gateway.parse("deploy@second.example.com"));
        assertThat(spec.redundancy()).isEqualTo(2);
    }

    @Test
    void aListOfGatewaysMayBeTexts() {
        given.remove(TUNNEL + "gateway");
        given.put(TUNNEL + "gateways", "deploy@bastion.example.com");

        assertThat(spec().gateways()).containsExactly(Gateway.parse("deploy@bastion.example.com"));
    }

    @Test
    void hostKeysAreCheckedAsSaid() {
        assertThat(hostKeys("known-hosts", "/a,/b")).hasToString("known hosts [/a, /b]");
        assertThat(hostKeys("pinned", "SHA256:" + "A".repeat(43)))
                .hasToString("pinned [SHA256:" + "A".repeat(43) + "]");
        assertThat(hostKeys("accept-new", "file:/c")).hasToString("accept new into /c");
        assertThat(hostKeys("insecure-accept-any", "true")).hasToString("INSECURE: any host key");
        assertThat(hostKeys("insecure-accept-any", "false")).isInstanceOf(HostKeys.KnownHosts.class);
    }

    private HostKeys hostKeys(String property, String value) {
        given.keySet().removeIf(name -> name.contains("host-keys"));
        given.put(TUNNEL + "host-keys." + property, value);
        return spec().hostKeys();
    }

    @Test
    void aKeyThatIsAFileIsUsedInItsPlace() throws Exception {
        Path key = Files.createFile(directory.resolve("id"));
        given.put(TUNNEL + "credentials.private-key", key.toUri().toString());
        given.put(TUNNEL + "credentials.certificate", "/keys/id-cert.pub");

        assertThat(spec().credentials()).singleElement().isInstanceOfSatisfying(Credentials.PrivateKey.class, it -> {
            assertThat(it.file()).isEqualTo(key);
            assertThat(it.certificate()).hasValue(Path.of("/keys/id-cert.pub"));
        });
    }

    @Test
    void aKeyOnTheClassPathIsAFileForThisUserOnlyUntilTheEnd() throws Exception {
        given.put(TUNNEL + "credentials.private-key", "classpath:org/junit/jupiter/api/Test.class");

        assertIsCopy(fileOfKey());
    }

    @Test
    void aKeyMayBeATextInAProperty() throws Exception {
        String text = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----";
        given.put(TUNNEL + "credentials.private-key", text);

        Path file = fileOfKey();

        assertThat(file).content().isEqualTo(text + "\n");
        assertIsCopy(file);
    }

    @Test
    void aKeyMayBeInBase64() {
        given.put(TUNNEL + "credentials.private-key", "base64:YWJj");

        assertThat(fileOfKey()).content().isEqualTo("abc");
    }

    private Path fileOfKey() {
        return ((Credentials.PrivateKey) spec().credentials().get(0)).file();
    }

    private void assertIsCopy(Path file) throws Exception {
        assertThat(Files.getPosixFilePermissions(file))
                .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        files.destroy();
        assertThat(file).doesNotExist();
        assertThat(file.getParent()).doesNotExist();
    }

    @Test
    void anAgentHasKeysAndABeanAnswers() {
        beans.registerSingleton("codes", (Challenge.Responder) challenge -> List.of());
        given.remove(TUNNEL + "credentials.private-key");
        given.put(DEFAULTS + "credentials.agent", "true");
        given.put(TUNNEL + "credentials.agent-socket", "/run/agent");
        given.put(TUNNEL + "credentials.agent-keys", "/keys/a.pub, /keys/b.pub");
        given.put(TUNNEL + "credentials.responder", "codes");

        List<Credentials> credentials = spec().credentials();

        assertThat(credentials).hasSize(2);
        Credentials.Agent agent = (Credentials.Agent) credentials.get(0);
        assertThat(agent.socket()).hasValue(Path.of("/run/agent"));
        assertThat(agent.publicKeys()).containsExactly(Path.of("/keys/a.pub"), Path.of("/keys/b.pub"));
        assertThat(((Credentials.KeyboardInteractive) credentials.get(1)).responder())
                .isSameAs(beans.getBean("codes"));
    }

    @Test
    void secretsAreFreshEachTime() {
        given.put(TUNNEL + "credentials.passphrase", "open sesame");
        given.put(DEFAULTS + "credentials.password", "secret");

        TunnelSpec spec = spec();

        Supplier<char[]> passphrase = ((Credentials.PrivateKey)
                        spec.credentials().get(0))
                .passphrase()
                .orElseThrow();
        Supplier<char[]> password = ((Credentials.Password) spec.credentials().get(1)).supplier();
        assertThat(passphrase.get()).isEqualTo("open sesame".toCharArray());
        assertThat(password.get()).isEqualTo("secret".toCharArray()).isNotSameAs(password.get());
    }

    @Test
    void secretsMayBeSuppliedByBeans() {
        beans.registerSingleton("passphrases", (Supplier<char[]>) () -> new char[] {'a'});
        beans.registerSingleton("passwords", (Supplier<String>) () -> "b");
        given.put(DEFAULTS + "credentials.password", "not this one");
        given.put(TUNNEL + "credentials.passphrase-supplier", "passphrases");
        given.put(TUNNEL + "credentials.password-supplier", "passwords");

        TunnelSpec spec = spec();

        assertThat(((Credentials.PrivateKey) spec.credentials().get(0))
                        .passphrase()
                        .orElseThrow()
                        .get())
                .containsExactly('a');
        assertThat(((Credentials.Password) spec.credentials().get(1)).supplier().get())
                .containsExactly('b');
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            gateway                     | @bastion             | gateway: '@bastion' has no user; write user@host:22
            gateway                     | me:secret@bastion    | gateway: its user holds a ':'; write user@host:22 and give a password as Credentials.password(...), or call Gateway.of when the name really has one
            keep-alive.interval         | 1ms                  | keepAlive interval: 'PT0.001S' is out of range; give PT0.1S to PT24H
            keep-alive.missed           | 1                    | keepAlive missed: '1' is out of range; give 2 to 1000
            restart.max-delay           | 1ms                  | restart backoff cap: 'PT0.001S' is below the first delay PT0.5S; swap or raise it
            restart.first-delay         | 1h                   | restart backoff cap: 'PT30S' is below the first delay PT1H; swap or raise it
            restart.factor              | 0                    | restart factor: '0.0' is out of range; give 1 to 100
            parking.limit               | -1                   | parking limit: '-1' is out of range; give 1 to 100000
            connect-timeout             | 1ms                  | connectTimeout: 'PT0.001S' is out of range; give PT0.1S to PT240000H
            max-window                  | 1MB                  | maxWindow: '1048576' is out of range; give 2097152 to 268435456
            algorithms.ciphers          | a b                  | ciphers: 'a b' is no list of algorithms; give names with commas between, perhaps after one +, - or ^
            forwards[0].local           | db.internal          | 'db.internal' has no port; write host:port
            forwards[0].listen-on       | 99999                | port: '99999' is out of range; give 0 to 65535
            host-keys.pinned            | MD5:00               | pinned host key: 'MD5:00' is no fingerprint; give what ssh-keygen -l prints, SHA256:…
            forwards[0].option          | -X 1                 | forward option: '-X' is none of -L, -R and -D; give one of these
            failover.dwell              | 3h                   | failover dwell: 'PT3H' is above the longest one PT2H; raise that first
            probes[0].every             | 1ms                  | probe interval: 'PT0.001S' is out of range; give PT0.1S to PT24H
            probes[0].connect           | db.internal          | 'db.internal' has no port; write host:port
            credentials.password-supplier | nobody             | there is no bean 'nobody' of type Supplier; define one that supplies a char[] or a String
            credentials.private-key     | classpath:no-key     | class path resource [no-key] can't be read: class path resource [no-key] cannot be opened because it does not exist
            host-keys.accept-new        | classpath:no-file    | 'classpath:no-file' is no file; give one
            """)
    void whatIsRefusedIsRefusedWithThePropertysName(String property, String value, String why) {
        if (property.startsWith("probes")) {
            given.put(TUNNEL + "probes[0].connect", "db.internal:5432");
        }
        if (property.startsWith("forwards")) {
            given.remove(TUNNEL + "forwards");
            if (!property.endsWith("option")) {
                given.put(TUNNEL + "forwards[0].local", "db.internal:5432");
            }
        }
        given.put(TUNNEL + property, value);

        assertThatExceptionOfType(TunnelPropertyException.class)
                .isThrownBy(this::spec)
                .satisfies(refused -> {
                    assertThat(refused.property()).isEqualTo(TUNNEL + property);
                    assertThat(refused.reason()).isEqualTo(why);
                });
    }

    @Test
    void aBadDefaultIsNamedAsThat() {
        given.put(DEFAULTS + "keep-alive.missed", "1");

        assertThatExceptionOfType(TunnelPropertyException.class)
                .isThrownBy(this::spec)
                .satisfies(refused -> assertThat(refused.property()).isEqualTo(DEFAULTS + "keep-alive.missed"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            gateway     | it is missing; give the SSH server as user@host
            credentials | it is missing; give a private-key, an agent or a password
            forwards    | it is missing; give what is to be reached, as host:port
            """)
    void whatIsMissingIsNamed(String property, String why) {
        given.keySet().removeIf(name -> name.startsWith(TUNNEL + property));

        assertThatExceptionOfType(TunnelPropertyException.class)
                .isThrownBy(() -> TunnelSpecs.requireComplete(settings()))
                .satisfies(refused -> {
                    assertThat(refused.property()).isEqualTo(TUNNEL + property);
                    assertThat(refused.reason()).isEqualTo(why);
                });
    }

    @Test
    void whatExcludesEachOtherIsRefused() {
        Stream.of(
                        Map.of("gateways[0].address", "other@bastion"),
                        Map.of("ssh-config.destination", "other"),
                        Map.of("credentials.password", "a", "credentials.password-supplier", "b"),
                        Map.of("host-keys.known-hosts", "/a", "host-keys.insecure-accept-any", "true"),
                        Map.of("forwards[0].local", "a:1", "forwards[0].remote", "b:2"))
                .forEach(both -> {
                    Map<String, String> before = Map.copyOf(given);
                    if (both.containsKey("forwards[0].local")) {
                        given.remove(TUNNEL + "forwards");
                    }
                    both.forEach((name, value) -> given.put(TUNNEL + name, value));
                    assertThatExceptionOfType(MutuallyExclusiveConfigurationPropertiesException.class)
                            .isThrownBy(this::spec);
                    given.clear();
                    given.putAll(before);
                });
    }

    @Test
    void aNameThatIsNoneIsRefused() {
        given.keySet().stream()
                .toList()
                .forEach(name -> given.put(name.replace("tunnels.orders.", "tunnels[a/b]."), given.remove(name)));

        assertThatExceptionOfType(TunnelPropertyException.class)
                .isThrownBy(() -> spec("a/b"))
                .withMessage(
                        "managed-tunnel.tunnels: tunnel name: 'a/b' is not 1 to 64 letters, digits, '.', '_' or '-';"
                                + " rename it");
    }

    @Test
    void noSecretIsInAnyText() {
        given.put(TUNNEL + "credentials.password", "hunter2");
        given.put(TUNNEL + "credentials.passphrase", "hunter2");
        given.remove(TUNNEL + "gateway");
        given.put(TUNNEL + "gateways[0].address", "bastion.example.com");
        given.put(TUNNEL + "gateways[0].proxy.http", "proxy:1");
        given.put(TUNNEL + "gateways[0].proxy.username", "me");
        given.put(TUNNEL + "gateways[0].proxy.password", "hunter2");

        assertThat(properties().toString() + spec()).doesNotContain("hunter2");
    }

    private TunnelSpec spec() {
        return spec("orders");
    }

    private TunnelSpec spec(String name) {
        TunnelSpecs specs = new TunnelSpecs(new Logins(files, new Secrets(beans)));
        return specs.builder(name, properties().settings(name)).build();
    }

    private Settings<TunnelProperties> settings() {
        return properties().settings("orders");
    }

    private ManagedTunnelProperties properties() {
        return new Binder(new MapConfigurationPropertySource(given))
                .bind("managed-tunnel", ManagedTunnelProperties.class)
                .get();
    }
}
