package dev.managedtunnel.testing;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Forward;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code ssh -G} of the installed OpenSSH says: how it understands a command line and configuration. */
public final class SshG {
    private final boolean refused;
    private final String output;
    private final Map<String, List<String>> options = new LinkedHashMap<>();

    private SshG(Exec.Result result) {
        refused = !result.ok();
        output = result.output();
        output.lines().forEach(line -> {
            String[] parts = line.split(" ", 2);
            options.computeIfAbsent(parts[0], none -> new ArrayList<>()).add(parts.length == 1 ? "" : parts[1]);
        });
    }

    /** Runs it with these arguments. */
    public static SshG of(List<String> arguments) {
        Requires.sshClient();
        List<String> command = new ArrayList<>(List.of(String.valueOf(Requires.find("ssh")), "-G"));
        command.addAll(arguments);
        return new SshG(Exec.attempt(command));
    }

    /** Whether it ended with an error. */
    public boolean refused() {
        return refused;
    }

    /** The values of an option, in lower case; none when it is not set. */
    public List<String> all(String option) {
        return options.getOrDefault(option, List.of());
    }

    /** The value of an option, or nothing. */
    public String one(String option) {
        return String.join(" ", all(option));
    }

    /** A forward as it writes it, but for the ways to say the same of a listener, see {@link #usual}. */
    public static String shown(Forward forward) {
        String listen = shown(forward.listen().orElseThrow());
        if (forward instanceof Forward.Local local) {
            return usual(listen + " " + shown(local.target()));
        }
        return usual(forward instanceof Forward.Remote remote ? listen + " " + shown(remote.target()) : listen);
    }

    private static String shown(Endpoint endpoint) {
        return endpoint instanceof Endpoint.Tcp tcp
                ? String.format(Locale.ROOT, "[%s]:%d", tcp.host(), tcp.port())
                : endpoint.toString();
    }

    /** One way to write that a forward listens on loopback, and one for every address. */
    public static String usual(String shown) {
        return shown.replaceFirst("^\\[(127\\.0\\.0\\.1|localhost)]:", "").replaceFirst("^\\[]:", "[*]:");
    }

    @Override
    public String toString() {
        return output;
    }
}
