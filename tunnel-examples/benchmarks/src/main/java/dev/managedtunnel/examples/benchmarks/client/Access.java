package dev.managedtunnel.examples.benchmarks.client;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client has to know.
 *
 * @param port the gateway's on loopback, or that of a relay before it
 * @param user whom to log in as
 * @param identity the private key
 * @param knownHosts where the gateway's key is; every client checks it
 * @param targets ports to forward to, as the gateway sees them
 */
public record Access(int port, String user, Path identity, Path knownHosts, List<Integer> targets) {
    static final String HOST = "127.0.0.1";

    /** As arguments of a program. */
    public List<String> arguments() {
        List<String> arguments =
                new ArrayList<>(List.of(Integer.toString(port), user, identity.toString(), knownHosts.toString()));
        targets.forEach(target -> arguments.add(Integer.toString(target)));
        return arguments;
    }

    /** From {@link #arguments()}. */
    static Access parse(List<String> arguments) {
        return new Access(
                Integer.parseInt(arguments.get(0)),
                arguments.get(1),
                Path.of(arguments.get(2)),
                Path.of(arguments.get(3)),
                arguments.stream().skip(4).map(Integer::valueOf).toList());
    }
}
