package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.Challenge;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.boot.autoconfigure.Settings.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Whom we are to a gateway, and whom it is to us. */
final class Logins {
    private final ResourceFiles files;
    private final Secrets secrets;

    Logins(ResourceFiles files, Secrets secrets) {
        this.files = files;
        this.secrets = secrets;
    }

    Secrets secrets() {
        return secrets;
    }

    /** Whether there is anything to log in with. */
    static boolean given(Settings<TunnelProperties> settings) {
        return settings.first(Logins::given).isPresent();
    }

    private static boolean given(TunnelProperties properties) {
        return given(properties.credentials())
                || properties.gateways().stream().anyMatch(gateway -> given(gateway.credentials()));
    }

    private static boolean given(CredentialsProperties properties) {
        return properties.privateKey() != null
                || Boolean.TRUE.equals(properties.agent())
                || properties.responder() != null
                || properties.password() != null
                || properties.passwordSupplier() != null;
    }

    /** What is tried, in this order; empty when nothing is given. */
    Credentials[] credentials(Settings<CredentialsProperties> settings) {
        List<Credentials> all = new ArrayList<>();
        settings.find("private-key", CredentialsProperties::privateKey)
                .ifPresent(key -> all.add(privateKey(key, settings)));
        if (settings.get(CredentialsProperties::agent, false)) {
            all.add(agent(settings));
        }
        secrets.find(settings, "password", CredentialsProperties::password, CredentialsProperties::passwordSupplier)
                .ifPresent(password -> all.add(Credentials.password(password)));
        settings.find("responder", CredentialsProperties::responder)
                .map(name -> secrets.bean(name, Challenge.Responder.class, "that answers challenges"))
                .ifPresent(responder -> all.add(Credentials.keyboardInteractive(responder)));
        return all.toArray(Credentials[]::new);
    }

    private Credentials agent(Settings<CredentialsProperties> settings) {
        Credentials.Agent agent = settings.find("agent-socket", CredentialsProperties::agentSocket)
                .map(socket -> Credentials.agent(files.file(socket)))
                .orElseGet(Credentials::agent);
        return settings.first(given -> !given.agentKeys().isEmpty())
                .map(level -> {
                    List<Path> keys = level.properties().agentKeys().stream()
                            .map(key -> files.file(new Value<>(level.name("agent-keys"), key)))
                            .toList();
                    return agent.onlyKeys(
                            keys.get(0), keys.subList(1, keys.size()).toArray(Path[]::new));
                })
                .orElse(agent);
    }

    private Credentials privateKey(Value<String> location, Settings<CredentialsProperties> settings) {
        Path file = files.secret(location);
        Supplier<char[]> passphrase = secrets.find(
                        settings,
                        "passphrase",
                        CredentialsProperties::passphrase,
                        CredentialsProperties::passphraseSupplier)
                .orElse(null);
        Credentials.PrivateKey key = location.map(
                any -> passphrase == null ? Credentials.privateKey(file) : Credentials.privateKey(file, passphrase));
        return settings.find("certificate", CredentialsProperties::certificate)
                .map(certificate -> key.withCertificate(files.file(certificate)))
                .orElse(key);
    }

    /** How host keys are checked, when the properties say so. */
    Optional<HostKeys> hostKeys(Settings<HostKeysProperties> settings) {
        return settings.first(given -> given.acceptNew() != null
                        || given.insecureAcceptAny() != null
                        || !given.knownHosts().isEmpty()
                        || !given.pinned().isEmpty())
                .map(this::ofOneLevel);
    }

    private HostKeys ofOneLevel(Settings<HostKeysProperties> settings) {
        HostKeysProperties given = settings.properties();
        settings.atMostOneOf(entries -> {
            entries.put("known-hosts", given.knownHosts());
            entries.put("pinned", given.pinned());
            entries.put("accept-new", given.acceptNew());
            entries.put("insecure-accept-any", given.insecureAcceptAny());
        });
        if (!given.knownHosts().isEmpty()) {
            List<Path> paths = given.knownHosts().stream()
                    .map(location -> files.file(new Value<>(settings.name("known-hosts"), location)))
                    .toList();
            return HostKeys.knownHosts(
                    paths.get(0), paths.subList(1, paths.size()).toArray(Path[]::new));
        }
        if (!given.pinned().isEmpty()) {
            return new Value<>(settings.name("pinned"), given.pinned().toArray(String[]::new))
                    .map(pins -> HostKeys.pinned(pins[0], Arrays.copyOfRange(pins, 1, pins.length)));
        }
        return settings.find("accept-new", HostKeysProperties::acceptNew)
                .map(location -> location.map(any -> (HostKeys) HostKeys.acceptNew(ResourceFiles.path(location))))
                .orElseGet(() -> Boolean.TRUE.equals(given.insecureAcceptAny())
                        ? HostKeys.insecureAcceptAny()
                        : HostKeys.knownHosts());
    }
}
