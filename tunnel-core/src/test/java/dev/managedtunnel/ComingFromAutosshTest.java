package dev.managedtunnel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.managedtunnel.testing.DocPage;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** docs/coming-from-autossh.md has a place for all there is to come from, and its Java is that of this class. */
class ComingFromAutosshTest {
    private static final DocPage PAGE = DocPage.of("coming-from-autossh.md");

    /** Types whose methods the page names as {@code Type.method}. */
    private static final Map<String, Class<?>> TYPES = Stream.of(
                    TunnelSpec.class,
                    Gateway.class,
                    Credentials.class,
                    HostKeys.class,
                    Forward.class,
                    Forward.Local.class,
                    KeepAlive.class,
                    Parking.class,
                    RestartPolicy.Builder.class,
                    Probe.class)
            .collect(Collectors.toMap(
                    type -> type == RestartPolicy.Builder.class ? "RestartPolicy" : type.getSimpleName(),
                    Function.identity()));

    private static final Pattern METHOD = Pattern.compile("`(?:\\w+\\.)*([A-Z]\\w+)\\.([a-z]\\w+)[`(]");
    private static final Pattern OF_THE_TUNNEL = Pattern.compile("`([a-z]\\w+)\\([a-z]*\\)`");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DEBUG",
                "FIRST_POLL",
                "GATETIME",
                "LOGLEVEL",
                "LOGFILE",
                "MAXLIFETIME",
                "MAXSTART",
                "MESSAGE",
                "NTSERVICE",
                "PATH",
                "PIDFILE",
                "POLL",
                "PORT"
            })
    void everyVariableHasARow(String variable) {
        assertThat(firstCells("autossh's variables")).contains("AUTOSSH_" + variable);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-M 0", "-M port", "-M port:echo", "-f", "-V", "-1"})
    void everyOptionOfAutosshHasARow(String option) {
        assertThat(firstCells("autossh's options")).contains(option);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SIGHUP", "SIGUSR1", "SIGTERM", "SIGINT"})
    void everySignalHasARow(String signal) {
        assertThat(firstCells("Signals")).contains(signal);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-N",
                "-T",
                "-f",
                "-L",
                "-R",
                "-D",
                "-J",
                "-i",
                "-l",
                "-p",
                "-F",
                "-C",
                "-g",
                "-q",
                "-v",
                "-b",
                "ServerAliveInterval",
                "ServerAliveCountMax",
                "ExitOnForwardFailure",
                "ConnectTimeout",
                "StrictHostKeyChecking",
                "UserKnownHostsFile",
                "BindAddress",
                "GatewayPorts",
                "StreamLocalBindUnlink",
                "Compression",
                "TCPKeepAlive",
                "BatchMode",
                "ControlMaster",
                "IdentitiesOnly",
                "ProxyCommand",
                "ProxyJump",
                "IdentityFile",
                "IdentityAgent",
                "PreferredAuthentications",
                "HostKeyAlias",
                "AddressFamily"
            })
    void everyOptionOfSshHasARow(String option) {
        assertThat(firstCells("ssh's options")).contains(option);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Restart=",
                "RestartSec=",
                "StartLimitIntervalSec=",
                "After=network-online.target",
                "Type=",
                "ExecStart",
                "Environment=",
                "User=",
                "WantedBy=",
                "WatchdogSec="
            })
    void everyUnitSettingHasARow(String setting) {
        assertThat(firstCells("Unit settings")).contains(setting);
    }

    private static Set<String> firstCells(String section) {
        return PAGE.section(section)
                .lines()
                .filter(line -> line.startsWith("| "))
                .flatMap(line -> DocPage.code(line.split("\\|", -1)[1]).stream())
                .collect(Collectors.toSet());
    }

    @Test
    void whatIsNamedExists() {
        List<String> named = METHOD.matcher(PAGE.text())
                .results()
                .filter(found -> TYPES.containsKey(found.group(1)))
                .filter(found -> !has(TYPES.get(found.group(1)), found.group(2)))
                .map(found -> found.group())
                .toList();
        assertThat(named).isEmpty();
        assertThat(OF_THE_TUNNEL.matcher(PAGE.text()).results().map(found -> found.group(1)))
                .hasSizeGreaterThan(4)
                .allMatch(name -> has(ManagedTunnel.class, name) || has(TunnelSpec.class, name));
    }

    private static boolean has(Class<?> type, String method) {
        return Arrays.stream(type.getMethods()).map(Method::getName).anyMatch(method::equals);
    }

    @Test
    void theExampleIsOnThePage() throws IOException {
        Path source = DocPage.module().resolve("src/test/java/dev/managedtunnel/ComingFromAutosshTest.java");
        String text = Files.readString(source);
        int from = text.indexOf("// on the page\n") + "// on the page\n".length();
        String example = text.substring(from, text.indexOf("// to here", from));

        assertThat(PAGE.blocks("java")).containsExactly(example.stripTrailing().stripIndent() + "\n");
    }

    /** As PropertiesDocumentedTest has it from the page's YAML. */
    @Test
    void theExampleIsWhatTheUnitFileSays() {
        // on the page
        TunnelSpec spec = TunnelSpec.builder("orders")
                .gateway(Gateway.parse("deploy@bastion.example.com:2222").via(Gateway.parse("jump@edge.example.com")))
                .credentials(Credentials.privateKey(Path.of("/etc/orders/id_ed25519")))
                .hostKeys(HostKeys.knownHosts(Path.of("/etc/orders/known_hosts")))
                .forward(Forward.parse("-L", "15432:db.internal:5432"))
                .forward(Forward.parse("-R", "9000:localhost:9000"))
                .keepAlive(KeepAlive.every(Duration.ofSeconds(5)))
                .restart(RestartPolicy.builder()
                        .backoff(Duration.ofMillis(500), Duration.ofSeconds(60))
                        .minSpacing(Duration.ofSeconds(5))
                        .build())
                .build();
        // to here
        assertThat(spec.keepAlive().missed()).isEqualTo(3);
        assertThat(spec.connectTimeout()).isEqualTo(Duration.ofSeconds(15));
        assertThat(spec.forwards())
                .containsExactly(
                        Forward.local("db.internal", 5432).listenOn(15432), Forward.remote(9000, "localhost", 9000));
        assertThat(spec.toString()).contains("deploy@bastion.example.com:2222 via jump@edge.example.com:22");
        assertThat(spec.restart().gateTime()).isZero();
    }
}
