package dev.managedtunnel.internal.sshconfig;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Decides whether the section below a {@code Host} or {@code Match} line is for a destination. */
final class Criteria {
    private static final Set<String> UNSUPPORTED =
            Set.of("exec", "localnetwork", "tagged", "command", "version", "sessiontype");

    private final String asked;
    private final Options options;
    private final Machine machine;
    private final Notes notes;
    private String host;
    private boolean finalPass;
    private boolean finalPassWanted;

    Criteria(String asked, Options options, Machine machine, Notes notes) {
        this.asked = asked;
        this.options = options;
        this.machine = machine;
        this.notes = notes;
        host = asked;
    }

    /** From now on it is about the host that was found in the first pass. */
    void beginFinalPass(String foundHost) {
        host = foundHost;
        finalPass = true;
    }

    /** Whether a {@code Match final} asked for a second pass. */
    boolean isFinalPassWanted() {
        return finalPassWanted;
    }

    boolean host(ConfigLine line) {
        boolean any = false;
        for (String pattern : line.arguments()) {
            boolean negated = pattern.startsWith("!");
            if (Patterns.matches(host, negated ? pattern.substring(1) : pattern)) {
                if (negated) {
                    return false;
                }
                any = true;
            }
        }
        return any;
    }

    boolean match(ConfigLine line) {
        List<String> arguments = line.arguments();
        boolean all = true;
        for (int i = 0; i < arguments.size(); i++) {
            String[] criterion = arguments.get(i).split("=", 2);
            boolean negated = criterion[0].startsWith("!");
            String name = criterion[0].substring(negated ? 1 : 0).toLowerCase(Locale.ROOT);
            boolean fulfilled;
            switch (name) {
                case "all" -> {
                    if (i > 1 || i + 1 < arguments.size()) {
                        throw line.wrong("has 'all' beside other criteria; put these into a line of their own");
                    }
                    fulfilled = true;
                }
                case "final", "canonical" -> {
                    finalPassWanted |= name.equals("final") && !negated;
                    fulfilled = finalPass;
                }
                default -> {
                    if (criterion.length == 1 && ++i == arguments.size()) {
                        throw line.wrong("has no value for '" + name + "'; put one behind it");
                    }
                    String value = criterion.length == 1 ? arguments.get(i) : criterion[1];
                    if (UNSUPPORTED.contains(name)) {
                        if (all) {
                            notes.add(line, "'" + name + "' is not supported: its section is left out");
                        }
                        fulfilled = negated;
                    } else {
                        fulfilled = matches(line, name, value);
                    }
                }
            }
            all &= fulfilled != negated;
        }
        return all;
    }

    private boolean matches(ConfigLine line, String name, String value) {
        return switch (name) {
            case "host" -> Patterns.matchesAnyHost(hostSoFar(), value);
            case "originalhost" -> Patterns.matchesAnyHost(asked, value);
            case "user" -> Patterns.matchesAny(userSoFar(), value);
            case "localuser" -> Patterns.matchesAny(machine.user(), value);
            default -> throw line.bad(name, "is no criterion; give all, final, host, originalhost, user or localuser");
        };
    }

    private String hostSoFar() {
        return options.first("hostname")
                .map(line -> finalPass
                        ? line.argument()
                        : Tokens.ofHostName(machine, host).percent(line, line.argument()))
                .orElse(host);
    }

    private String userSoFar() {
        return options.first("user").map(ConfigLine::argument).orElse(machine.user());
    }
}
