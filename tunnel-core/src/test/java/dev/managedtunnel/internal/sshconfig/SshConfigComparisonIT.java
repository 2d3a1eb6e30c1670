package dev.managedtunnel.internal.sshconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.managedtunnel.Algorithms;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.KeepAlive;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.internal.sshconfig.SshConfigCases.Case;
import dev.managedtunnel.testing.Requires;
import dev.managedtunnel.testing.SshG;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whether a configuration means to us what it means to the installed {@code ssh}: each option that we support, of the
 * destination and of each jump host on the way to it, as it was resolved and as it is in the specification. At the end it
 * prints a table.
 */
class SshConfigComparisonIT {
    private static final List<String> ALGORITHMS =
            List.of("kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms", "ciphers", "macs");
    private static final Map<String, String> TABLE = Collections.synchronizedMap(new LinkedHashMap<>());
    private static SshG defaults;
    private static Map<String, String> unset;

    @TempDir
    Path dir;

    @BeforeAll
    static void askForTheDefaults() {
        Requires.sshClient();
        defaults = SshG.of(List.of("-F", "none", "db"));
        unset = resolved(new SshHost(Machine.here(), "db", "db", new Options()));
    }

    @AfterAll
    static void printTheTable() {
        StringBuilder table = new StringBuilder(String.format(
                "%n%d options and the specification made of them are as ssh -G has them.%n%n  %-60s %s%n",
                unset.size(), "configuration", "hosts, and what is not as by default"));
        TABLE.forEach((name, compared) -> table.append(String.format("  %-60s %s%n", name, compared)));
        System.out.println(table.append("  ").append(TABLE.size()).append(" configurations"));
    }

    static Stream<Case> cases() {
        return SshConfigCases.all().stream();
    }

    static Stream<Case> broken() {
        return SshConfigCases.broken().stream();
    }

    @Test
    void thereAreEnoughConfigurations() {
        assertThat(cases().map(Case::name).distinct()).hasSizeGreaterThanOrEqualTo(40);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void meansWhatItMeansToSsh(Case one) throws IOException {
        Path file = one.write(dir);
        SshConfig config = new SshConfig(Machine.here(), file);
        List<SshHost> route = config.route(one.destination());
        List<Asked> asked = asked(file, one.destination());
        assertThat(route.stream().map(SshHost::asked).toList())
                .as("the way, the nearest jump host first")
                .isEqualTo(asked.stream().map(hop -> hop.name).toList());
        Set<String> set = new LinkedHashSet<>();
        for (int i = 0; i < route.size(); i++) {
            Map<String, String> ours = resolved(route.get(i));
            assertThat(differences(ours, asked.get(i).expected(ours.keySet()))).isEmpty();
            ours.forEach((option, value) -> {
                if (!value.equals(unset.get(option))) {
                    set.add(option);
                }
            });
        }
        Map<String, String> mapped = mapped(config, one.destination());
        assertThat(differences(mapped, expectedSpecification(asked))).isEmpty();
        TABLE.put(one.name(), route.size() + "  " + String.join(" ", set));
    }

    /** Sections and options put together at random, quotes and other oddities included. */
    @Test
    void threeHundredRandomConfigurationsMeanWhatTheyMeanToSsh() throws IOException {
        Random random = new Random(9);
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            String text = SshConfigCases.random(random);
            Path file = new Case("random", "db", text, Map.of(), "").write(dir);
            SshG ssh = SshG.of(List.of("-F", file.toString(), "db"));
            if (ssh.refused()) {
                refused++;
                assertThat(catchThrowable(() -> new SshConfig(Machine.here(), file).route("db")))
                        .as("%s%n%s", text, ssh)
                        .isInstanceOf(IllegalArgumentException.class);
            } else {
                Map<String, String> ours =
                        resolved(new SshConfig(Machine.here(), file).route("db").get(0));
                Asked asked = Asked.of(file, List.of("db"));
                assertThat(differences(ours, asked.expected(ours.keySet())))
                        .as(text)
                        .isEmpty();
            }
        }
        assertThat(refused).isLessThan(100);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void whatSshRefusesIsRefused(Case one) throws IOException {
        Path file = one.write(dir);
        assertThat(SshG.of(List.of("-F", file.toString(), one.destination())).refused())
                .isTrue();
        Throwable refused = catchThrowable(
                () -> new SshConfig(Machine.here(), file).fill(one.destination(), TunnelSpec.builder("broken")));
        assertThat(refused).isInstanceOf(IllegalArgumentException.class);
        assertThat(refused.getMessage().replace(dir + "/", "")).isEqualTo(one.error());
    }

    private static List<String> differences(Map<String, String> ours, Map<String, String> ssh) {
        assertThat(ours.keySet()).isEqualTo(ssh.keySet());
        return ours.keySet().stream()
                .filter(key -> !ours.get(key).equals(ssh.get(key)))
                .map(key -> key + " is for us " + ours.get(key) + " and for ssh " + ssh.get(key))
                .toList();
    }

    /** One run of {@code ssh -G}, as {@code ssh} itself would run for the destination or for a jump host. */
    private record Asked(String name, List<String> arguments, SshG ssh) {
        static Asked of(Path file, List<String> arguments) {
            List<String> all = new ArrayList<>(List.of("-F", file.toString()));
            all.addAll(arguments);
            SshG ssh = SshG.of(all);
            assertThat(ssh.refused()).as(ssh.toString()).isFalse();
            return new Asked(ssh.one("host"), all, ssh);
        }

        /** What a path with tokens is to {@code ssh}, which shows most of them as they are written. */
        String expanded(String path) {
            List<String> all = new ArrayList<>(
                    List.of("-o", "UserKnownHostsFile=\"" + path.replaceAll("[\\\\\"]", "\\\\$0") + "\""));
            all.addAll(arguments);
            return SshG.of(all).one("userknownhostsfile");
        }

        Map<String, String> expected(Iterable<String> options) {
            Map<String, String> expected = new LinkedHashMap<>();
            for (String option : options) {
                expected.put(
                        option,
                        switch (option) {
                            case "identityfile" -> identities().toString();
                            case "certificatefile" ->
                                ssh.all(option).stream()
                                        .map(this::expanded)
                                        .toList()
                                        .toString();
                            case "globalknownhostsfile" -> files(option).toString();
                            case "userknownhostsfile" -> files(option).toString();
                            case "localforward", "remoteforward", "dynamicforward" ->
                                forwards(option).toString();
                            default -> ssh.one(option);
                        });
            }
            return expected;
        }

        /** Of the usual ones those that exist, and that we can use. */
        List<String> identities() {
            List<String> named = ssh.all("identityfile");
            if (!named.equals(defaults.all("identityfile"))) {
                return named.stream()
                        .filter(name -> !name.equals("none"))
                        .map(this::expanded)
                        .distinct()
                        .toList();
            }
            return named.stream()
                    .filter(name -> name.matches("~/.ssh/id_(rsa|ecdsa|ed25519)"))
                    .map(this::expanded)
                    .filter(name -> Files.exists(Path.of(name)))
                    .toList();
        }

        List<String> files(String option) {
            String home = System.getProperty("user.home");
            return Arrays.stream(ssh.one(option).split(" "))
                    .filter(name -> !name.equals("none"))
                    .map(name -> Path.of(name.replaceFirst("^~/", home + "/")).toString())
                    .toList();
        }

        /** Local forwards to sockets are listed as dynamic ones too; those are left out. */
        List<String> forwards(String option) {
            List<String> toSockets = ssh.all("localforward").stream()
                    .filter(forward -> forward.contains(" /"))
                    .map(forward -> forward.substring(0, forward.indexOf(' ')))
                    .toList();
            return ssh.all(option).stream()
                    .filter(forward -> !toSockets.contains(forward))
                    .map(SshG::usual)
                    .toList();
        }
    }

    /** The destination, then the jump hosts, each asked for as {@code ssh} would on its way. */
    private static List<Asked> asked(Path file, String destination) {
        List<Asked> asked = new ArrayList<>();
        asked.add(Asked.of(file, List.of(destination)));
        String jumps = asked.get(0).ssh.one("proxyjump");
        while (!jumps.isEmpty()) {
            int comma = jumps.lastIndexOf(',');
            List<String> arguments = new ArrayList<>();
            if (comma >= 0) {
                arguments.addAll(List.of("-J", jumps.substring(0, comma)));
            }
            Destination next = Destination.jump(jumps.substring(comma + 1));
            if (next.user() != null) {
                arguments.addAll(List.of("-l", next.user()));
            }
            if (next.port() != null) {
                arguments.addAll(List.of("-p", next.port()));
            }
            arguments.add(next.host());
            Asked hop = Asked.of(file, arguments);
            asked.add(hop);
            jumps = hop.ssh.one("proxyjump");
        }
        return asked;
    }

    private static Map<String, String> resolved(SshHost host) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("host", host.asked());
        options.put("hostname", host.host());
        options.put("port", String.valueOf(host.port()));
        options.put("user", host.user());
        options.put("identityfile", host.identities().toString());
        options.put("certificatefile", host.certificates().toString());
        options.put("identitiesonly", yesOrNo(host.identitiesOnly()));
        options.put("identityagent", host.identityAgent().orElse(""));
        options.put("userknownhostsfile", host.userKnownHosts().toString());
        options.put("globalknownhostsfile", host.globalKnownHosts().toString());
        options.put("hostkeyalias", host.hostKeyAlias().orElse(""));
        options.put(
                "stricthostkeychecking",
                host.strictHostKeyChecking().replace("yes", "true").replaceFirst("^no$", "false"));
        options.put("proxyjump", proxyJump(host.jumps()));
        options.put("localforward", forwards(host, Forward.Local.class));
        options.put("remoteforward", forwards(host, Forward.Remote.class));
        options.put("dynamicforward", forwards(host, Forward.Dynamic.class));
        options.put("serveraliveinterval", seconds(host, "serveraliveinterval", "0"));
        options.put(
                "serveralivecountmax",
                host.first("serveralivecountmax").map(ConfigLine::argument).orElse("3"));
        options.put("connecttimeout", seconds(host, "connecttimeout", "none"));
        options.put("compression", yesOrNo(host.compression()));
        options.put(
                "bindaddress",
                host.first("bindaddress").map(ConfigLine::argument).orElse(""));
        for (String flag : List.of("exitonforwardfailure", "streamlocalbindunlink", "clearallforwardings")) {
            options.put(flag, yesOrNo(host.first(flag).map(ConfigLine::flag).orElse(false)));
        }
        for (String list : ALGORITHMS) {
            options.put(list, assembled(list, host.first(list).map(ConfigLine::argument)));
        }
        return options;
    }

    private static String yesOrNo(boolean flag) {
        return flag ? "yes" : "no";
    }

    private static String seconds(SshHost host, String option, String otherwise) {
        return host.first(option)
                .map(line -> String.valueOf(line.time().toSeconds()))
                .orElse(otherwise);
    }

    private static String forwards(SshHost host, Class<? extends Forward> kind) {
        return host.forwards().stream()
                .filter(kind::isInstance)
                .map(SshG::shown)
                .toList()
                .toString();
    }

    /** {@code ssh -G} writes the last one anew. */
    private static String proxyJump(List<String> jumps) {
        if (jumps.isEmpty()) {
            return "";
        }
        Destination last = Destination.jump(jumps.get(jumps.size() - 1));
        boolean address = last.host().contains(":") || last.host().matches("[0-9.]+");
        List<String> written = new ArrayList<>(jumps.subList(0, jumps.size() - 1));
        written.add((last.user() == null ? "" : last.user() + "@")
                + (address ? "[" + last.host() + "]" : last.host())
                + (last.port() == null ? "" : ":" + last.port()));
        return String.join(",", written);
    }

    /** A list put together with {@code ssh}'s defaults; ours would be with JSch's. */
    private static String assembled(String option, Optional<String> list) {
        List<String> usual = List.of(defaults.one(option).split(","));
        if (list.isEmpty()) {
            return String.join(",", usual);
        }
        String text = list.get();
        List<String> names = List.of(text.substring(1).split(","));
        List<String> others =
                usual.stream().filter(name -> !names.contains(name)).toList();
        return switch (text.charAt(0)) {
            case '+' ->
                String.join(
                        ",",
                        Stream.concat(usual.stream(), names.stream().filter(name -> !usual.contains(name)))
                                .toList());
            case '^' ->
                String.join(",", Stream.concat(names.stream(), others.stream()).toList());
            case '-' ->
                String.join(
                        ",",
                        usual.stream()
                                .filter(name -> names.stream().noneMatch(pattern -> Patterns.matches(name, pattern)))
                                .toList());
            default -> text;
        };
    }

    private static Map<String, String> mapped(SshConfig config, String destination) {
        TunnelSpec.Builder builder = TunnelSpec.builder("compared");
        config.fill(destination, builder);
        Forward one = Forward.local("one", 1).named("there has to be one");
        TunnelSpec spec = builder.forward(one)
                .credentials(Credentials.password(() -> new char[0]))
                .build();
        Gateway gateway = spec.gateways().get(0);
        Map<String, String> settings = new LinkedHashMap<>();
        List<String> way = new ArrayList<>();
        for (Gateway hop = gateway; hop != null; hop = hop.via().orElse(null)) {
            way.add(hop.user() + "@" + hop.host() + ":" + hop.port()
                    + hop.hostKeyAlias().map(" "::concat).orElse("")
                    + " " + keys(hop == gateway ? spec.credentials() : hop.credentials())
                    + " "
                    + hostKeys(hop == gateway ? spec.hostKeys() : hop.hostKeys().orElseThrow()));
        }
        settings.put("way", way.toString());
        settings.put(
                "bindAddress",
                gateway.bindAddress().map(address -> address.getHostAddress()).orElse(""));
        for (Class<? extends Forward> kind :
                List.of(Forward.Local.class, Forward.Remote.class, Forward.Dynamic.class)) {
            settings.put(
                    kind.getSimpleName(),
                    spec.forwards().stream()
                            .filter(forward -> forward != one && kind.isInstance(forward))
                            .map(SshG::shown)
                            .toList()
                            .toString());
        }
        settings.put("keepAlive", spec.keepAlive().toString());
        settings.put("connectTimeout", spec.connectTimeout().toString());
        settings.put("compression", yesOrNo(spec.compression()));
        Algorithms algorithms = spec.algorithms();
        settings.put("kexalgorithms", assembled("kexalgorithms", algorithms.keyExchange()));
        settings.put("hostkeyalgorithms", assembled("hostkeyalgorithms", algorithms.hostKeys()));
        settings.put("pubkeyacceptedalgorithms", assembled("pubkeyacceptedalgorithms", algorithms.publicKeys()));
        settings.put("ciphers", assembled("ciphers", algorithms.ciphers()));
        settings.put("macs", assembled("macs", algorithms.macs()));
        return settings;
    }

    private static List<String> keys(List<Credentials> credentials) {
        return credentials.stream()
                .filter(Credentials.PrivateKey.class::isInstance)
                .map(key -> ((Credentials.PrivateKey) key).file().toString())
                .toList();
    }

    private static String hostKeys(HostKeys keys) {
        return keys instanceof HostKeys.AcceptNew accept
                ? "accept-new " + accept.files()
                : "strict " + ((HostKeys.KnownHosts) keys).files();
    }

    private static Map<String, String> expectedSpecification(List<Asked> asked) {
        SshG ssh = asked.get(0).ssh;
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put(
                "way", asked.stream().map(SshConfigComparisonIT::hop).toList().toString());
        settings.put("bindAddress", asked.size() > 1 ? "" : ssh.one("bindaddress"));
        settings.put("Local", asked.get(0).forwards("localforward").toString());
        settings.put("Remote", asked.get(0).forwards("remoteforward").toString());
        settings.put("Dynamic", asked.get(0).forwards("dynamicforward").toString());
        int interval = Integer.parseInt(ssh.one("serveraliveinterval"));
        int missed = Math.max(2, Integer.parseInt(ssh.one("serveralivecountmax")));
        KeepAlive usual = KeepAlive.every(Duration.ofSeconds(10));
        settings.put(
                "keepAlive",
                (interval == 0
                                ? usual
                                : KeepAlive.every(Duration.ofSeconds(interval)).missed(missed))
                        .toString());
        String timeout = ssh.one("connecttimeout");
        settings.put(
                "connectTimeout",
                Duration.ofSeconds(timeout.equals("none") ? 15 : Long.parseLong(timeout))
                        .toString());
        settings.put("compression", ssh.one("compression"));
        ALGORITHMS.forEach(list -> settings.put(list, ssh.one(list)));
        return settings;
    }

    private static String hop(Asked asked) {
        SshG ssh = asked.ssh;
        String alias = ssh.one("hostkeyalias");
        List<String> files = new ArrayList<>(asked.files("userknownhostsfile"));
        files.addAll(asked.files("globalknownhostsfile"));
        String strict = ssh.one("stricthostkeychecking").equals("accept-new") ? "accept-new" : "strict";
        return ssh.one("user") + "@" + ssh.one("hostname") + ":" + ssh.one("port")
                + (alias.isEmpty() ? "" : " " + alias) + " " + asked.identities() + " " + strict + " " + files;
    }
}
