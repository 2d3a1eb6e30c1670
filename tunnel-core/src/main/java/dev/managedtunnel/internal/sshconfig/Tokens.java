package dev.managedtunnel.internal.sshconfig;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts values in place of <code>%h</code> and its like, of <code>${NAME}</code>, and of a leading {@code ~}. */
final class Tokens {
    private final Path home;
    private final Function<String, @Nullable String> environment;
    private final Map<Character, Supplier<String>> values;

    private Tokens(Machine machine, Map<Character, Supplier<String>> values) {
        home = machine.home();
        environment = machine.environment();
        this.values = values;
    }

    /** Those that {@code HostName} may use: the host as it was asked for. */
    static Tokens ofHostName(Machine machine, String asked) {
        return new Tokens(machine, Map.of('h', () -> asked));
    }

    /** All of them. */
    static Tokens of(Machine machine, SshHost host) {
        Supplier<String> here = machine.hostName();
        return new Tokens(
                machine,
                Map.ofEntries(
                        Map.entry('h', host::host),
                        Map.entry('n', host::asked),
                        Map.entry('p', () -> Integer.toString(host.port())),
                        Map.entry('r', host::user),
                        Map.entry('k', () -> host.hostKeyAlias().orElse(host.asked())),
                        Map.entry('u', machine::user),
                        Map.entry('i', () -> uid(machine)),
                        Map.entry('j', host::jumpName),
                        Map.entry('d', () -> machine.home().toString()),
                        Map.entry('l', here),
                        Map.entry('L', () -> here.get().replaceFirst("\\..*", "")),
                        Map.entry(
                                'C',
                                () -> sha1(here.get() + host.host() + host.port() + host.user() + host.jumpName()))));
    }

    private static String uid(Machine machine) {
        Integer uid = machine.uid();
        if (uid == null) {
            throw new IllegalArgumentException("'%i' can't be told on this system; write the number");
        }
        return uid.toString();
    }

    /** What OpenSSH tells connections apart by; not for secrets. */
    private static String sha1(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-1", e);
        }
    }

    /** A file's path. */
    Path path(ConfigLine line, String text) {
        return Path.of(expand(line, home(line, text), true, true));
    }

    /** A path as text, for what need not be one. */
    String text(ConfigLine line, String text) {
        return expand(line, home(line, text), true, true);
    }

    String percent(ConfigLine line, String text) {
        return expand(line, text, true, false);
    }

    String variables(ConfigLine line, String text) {
        return expand(line, text, false, true);
    }

    /** A leading {@code ~}, as the shell has it. */
    String home(ConfigLine line, String text) {
        if (!text.startsWith("~")) {
            return text;
        }
        if (text.length() > 1 && text.charAt(1) != '/') {
            throw line.bad(text, "begins with another user's home; give the whole path");
        }
        return home + text.substring(1);
    }

    /** What was put in is not looked at again. */
    private String expand(ConfigLine line, String text, boolean percent, boolean variables) {
        StringBuilder expanded = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (variables && c == '$' && text.startsWith("${", i)) {
                int end = text.indexOf('}', i);
                if (end < 0) {
                    throw line.bad(text, "has a '${' that is not closed; put '}' behind the variable's name");
                }
                expanded.append(variable(line, text.substring(i + 2, end)));
                i = end;
            } else if (percent && c == '%') {
                i++;
                expanded.append(token(line, text, i));
            } else {
                expanded.append(c);
            }
        }
        return expanded.toString();
    }

    private String variable(ConfigLine line, String name) {
        String value = name.isEmpty() ? null : environment.apply(name);
        if (value == null) {
            throw line.wrong("names the environment variable '" + name + "', which is not set; set it");
        }
        return value;
    }

    private String token(ConfigLine line, String text, int at) {
        if (at == text.length()) {
            throw line.bad(text, "ends with a '%'; write '%%' for the character itself");
        }
        char token = text.charAt(at);
        if (token == '%') {
            return "%";
        }
        Supplier<String> value = values.get(token);
        if (value == null) {
            throw line.bad(text, "has '%" + token + "', which has no value here; write '%%' for the character itself");
        }
        return line.checked(value);
    }
}
