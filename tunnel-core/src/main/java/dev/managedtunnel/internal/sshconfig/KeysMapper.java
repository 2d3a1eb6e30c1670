package dev.managedtunnel.internal.sshconfig;

import dev.managedtunnel.Credentials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a host is logged in to with: key files and agent. In the order of {@code ssh}, but for one thing: files that the
 * configuration names come before the agent's keys, of which there may be more than the gateway lets one try.
 */
final class KeysMapper {
    private static final String PUBLIC = ".pub";
    private static final String AUTH_SOCK = "SSH_AUTH_SOCK";

    private final SshHost host;
    private final Machine machine;
    private final Notes notes;

    KeysMapper(SshHost host, Machine machine, Notes notes) {
        this.host = host;
        this.machine = machine;
        this.notes = notes;
    }

    Credentials[] credentials() {
        List<Credentials> credentials = new ArrayList<>(files());
        int place = host.namesIdentities() ? credentials.size() : 0;
        agent().ifPresent(agent -> credentials.add(place, agent));
        return credentials.toArray(Credentials[]::new);
    }

    private List<Credentials> files() {
        List<Path> privateKeys = host.identities().stream()
                .filter(file -> !file.toString().endsWith(PUBLIC))
                .toList();
        List<Path> certificates = new ArrayList<>(host.certificates());
        List<Credentials> keys = new ArrayList<>();
        for (Path file : privateKeys) {
            Credentials.PrivateKey key = Credentials.privateKey(file);
            if (certificates.remove(Path.of(file + "-cert.pub"))) {
                key = key.withCertificate(Path.of(file + "-cert.pub"));
            } else if (privateKeys.size() == 1 && certificates.size() == 1) {
                key = key.withCertificate(certificates.remove(0));
            }
            keys.add(key);
        }
        if (!certificates.isEmpty()) {
            host.first("certificatefile")
                    .ifPresent(line -> notes.add(
                            line,
                            "has no effect for " + certificates
                                    + ", since it can't be told whose they are; name each as its"
                                    + " key, with -cert.pub behind"));
        }
        return keys;
    }

    private Optional<Credentials> agent() {
        Credentials.Agent agent = socket().orElse(null);
        if (agent == null || !host.identitiesOnly()) {
            return Optional.ofNullable(agent);
        }
        List<Path> chosen = new ArrayList<>();
        for (Path file : host.identities()) {
            if (Files.exists(file.toString().endsWith(PUBLIC) ? file : Path.of(file + PUBLIC))) {
                chosen.add(file);
            } else {
                host.first("identitiesonly")
                        .ifPresent(line -> notes.add(
                                line,
                                "keeps the agent from being asked for " + file + ", which has no " + PUBLIC
                                        + " file beside it"));
            }
        }
        return chosen.isEmpty()
                ? Optional.empty()
                : Optional.of(agent.onlyKeys(
                        chosen.get(0), chosen.subList(1, chosen.size()).toArray(Path[]::new)));
    }

    /** The agent that is asked for, or that this process was started with. */
    private Optional<Credentials.Agent> socket() {
        String asked = host.identityAgent().orElse(AUTH_SOCK);
        if (asked.equals("none")) {
            return Optional.empty();
        }
        if (asked.equals(AUTH_SOCK) || asked.equals("$" + AUTH_SOCK)) {
            return isSet(AUTH_SOCK) ? Optional.of(Credentials.agent()) : Optional.empty();
        }
        if (asked.startsWith("$")) {
            String name = asked.substring(1);
            return isSet(name)
                    ? Optional.ofNullable(machine.environment().apply(name))
                            .map(path -> Credentials.agent(Path.of(path)))
                    : Optional.empty();
        }
        return Optional.of(Credentials.agent(Path.of(asked)));
    }

    private boolean isSet(String name) {
        String value = machine.environment().apply(name);
        return value != null && !value.isEmpty();
    }
}
