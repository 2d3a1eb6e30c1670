package dev.managedtunnel.internal.sshconfig;

import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What a configuration says of one destination, resolved as {@code ssh -G} does, with its defaults. Immutable. */
final class SshHost {
    /** In the order in which {@code ssh} tries them; the kinds that can be used here. */
    private static final List<String> DEFAULT_IDENTITIES = List.of("id_rsa", "id_ecdsa", "id_ed25519");

    private final Machine machine;
    private final String asked;
    private final String host;
    private final Options options;
    private final Tokens tokens;

    /**
     * @param asked the host as it was asked for
     * @param host what is connected to
     */
    SshHost(Machine machine, String asked, String host, Options options) {
        this.machine = machine;
        this.asked = asked;
        this.host = host;
        this.options = options;
        tokens = Tokens.of(machine, this);
    }

    String asked() {
        return asked;
    }

    String host() {
        return host;
    }

    int port() {
        return first("port").map(ConfigLine::port).orElse(Gateway.DEFAULT_PORT);
    }

    String user() {
        return first("user").map(ConfigLine::argument).orElse(machine.user());
    }

    Optional<String> hostKeyAlias() {
        return first("hostkeyalias").map(line -> line.argument().toLowerCase(Locale.ROOT));
    }

    /** The line that says by which jump hosts it is reached. */
    Optional<ConfigLine> jumpLine() {
        Optional<ConfigLine> line = first("proxyjump").filter(proxy -> !proxy.is("none"));
        line.filter(proxy -> proxy.key().equals("proxycommand")).ifPresent(command -> {
            // Its value is not shown: it may hold a password.
            throw command.wrong("needs a shell, which is never run; use ProxyJump for what 'ssh -W' does,"
                    + " or Gateway.proxy for an HTTP or SOCKS proxy");
        });
        return line;
    }

    /** The jump hosts, the last of them the next one from here. */
    List<String> jumps() {
        return jumpLine().map(line -> List.of(line.argument().split(",", -1))).orElse(List.of());
    }

    /** The name of the next jump host, or nothing. */
    String jumpName() {
        List<String> jumps = jumps();
        return jumps.isEmpty()
                ? ""
                : Destination.jump(jumps.get(jumps.size() - 1)).host();
    }

    /** Whether key files were named; without, the usual ones are tried. */
    boolean namesIdentities() {
        return !options.all("identityfile").isEmpty();
    }

    /** The key files, the usual ones only where they exist. */
    List<Path> identities() {
        return namesIdentities()
                ? paths("identityfile")
                : DEFAULT_IDENTITIES.stream()
                        .map(machine.userDirectory()::resolve)
                        .filter(Files::exists)
                        .toList();
    }

    List<Path> certificates() {
        return paths("certificatefile");
    }

    private List<Path> paths(String key) {
        return options.all(key).stream()
                .filter(line -> !line.is("none"))
                .map(line -> tokens.path(line, line.argument()))
                .distinct()
                .toList();
    }

    boolean identitiesOnly() {
        return flag("identitiesonly", false);
    }

    /** What {@code IdentityAgent} says: a path, {@code SSH_AUTH_SOCK}, {@code $NAME} or {@code none}. */
    Optional<String> identityAgent() {
        return first("identityagent").map(line -> tokens.text(line, line.argument()));
    }

    List<Path> userKnownHosts() {
        return first("userknownhostsfile")
                .map(line -> knownHosts(line, true))
                .orElseGet(() -> files(machine.userDirectory(), "known_hosts"));
    }

    List<Path> globalKnownHosts() {
        return first("globalknownhostsfile")
                .map(line -> knownHosts(line, false))
                .orElseGet(() -> files(machine.systemDirectory(), "ssh_known_hosts"));
    }

    private List<Path> knownHosts(ConfigLine line, boolean withTokens) {
        return line.is("none")
                ? List.of()
                : line.arguments().stream()
                        .map(text -> withTokens ? tokens.path(line, text) : Path.of(tokens.home(line, text)))
                        .toList();
    }

    private static List<Path> files(Path directory, String name) {
        return List.of(directory.resolve(name), directory.resolve(name + "2"));
    }

    /** yes, no, ask or accept-new. */
    String strictHostKeyChecking() {
        return first("stricthostkeychecking")
                .map(line -> switch (line.argument().toLowerCase(Locale.ROOT)) {
                    case "yes", "true" -> "yes";
                    case "no", "false", "off" -> "no";
                    case "ask" -> "ask";
                    case "accept-new" -> "accept-new";
                    default ->
                        throw line.bad(line.argument(), "is none of yes, accept-new, ask and no; give one of these");
                })
                .orElse("ask");
    }

    /** All forwards, by kind. */
    List<Forward> forwards() {
        if (flag("clearallforwardings", false)) {
            return List.of();
        }
        List<Forward> forwards = new ArrayList<>();
        options.all("localforward").forEach(line -> forwards.add(forward("-L", line)));
        options.all("remoteforward").forEach(line -> forwards.add(forward("-R", line)));
        options.all("dynamicforward").forEach(line -> forwards.add(forward("-D", line)));
        return forwards.stream().distinct().toList();
    }

    private Forward forward(String option, ConfigLine line) {
        int wanted = option.equals("-D") ? 1 : 2;
        List<String> arguments = line.arguments();
        if (arguments.size() > wanted) {
            throw line.bad(arguments.get(wanted), "is one argument too many; remove it");
        }
        if (arguments.size() < wanted) {
            String why = option.equals("-R") ? " (remote dynamic forwarding is not supported)" : "";
            throw line.bad(arguments.get(0), "has no target behind it" + why + "; write port host:port");
        }
        String value = String.join(
                ":", arguments.stream().map(text -> forwardPart(line, text)).toList());
        return line.checked(() -> Forward.parse(option, value));
    }

    /** Tokens are for paths only, and what is put in for one is not taken apart any more: brackets see to that. */
    private String forwardPart(ConfigLine line, String text) {
        String part = tokens.variables(line, text);
        boolean path = part.indexOf('/') >= 0 && part.indexOf(':') < 0 && !part.startsWith("[");
        return path ? "[" + tokens.percent(line, part) + "]" : part;
    }

    boolean compression() {
        return flag("compression", false);
    }

    private boolean flag(String key, boolean otherwise) {
        return first(key).map(ConfigLine::flag).orElse(otherwise);
    }

    /** The line that holds for an option. */
    Optional<ConfigLine> first(String key) {
        return options.first(key);
    }

    /** Whether it is the same place as another: then a way through both goes round in circles. */
    boolean isAt(SshHost other) {
        return user().equals(other.user()) && host.equals(other.host) && port() == other.port();
    }

    /**
     * Says what has no effect.
     *
     * @throws IllegalArgumentException for what must not be left out
     */
    void report(Notes notes) {
        first("refuseconnection").ifPresent(line -> {
            throw line.bad(line.argument(), "is why the configuration refuses this connection");
        });
        first("revokedhostkeys").filter(line -> !line.is("none")).ifPresent(line -> {
            throw line.wrong("is not supported, and would be missed; mark the keys with @revoked in known_hosts");
        });
        Keywords.report(options, notes);
        Stream.of("exitonforwardfailure", "streamlocalbindunlink")
                .flatMap(key -> first(key).stream())
                .filter(line -> !line.flag())
                .forEach(line -> notes.add(
                        line,
                        line.key().startsWith("exit")
                                ? "'no' is not supported: a start fails when a forward is refused"
                                : "'no' is not supported: a socket file to which nobody listens is replaced"));
    }
}
