package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Forward;
import dev.managedtunnel.TunnelSpec;
import dev.managedtunnel.boot.autoconfigure.Settings.Value;

/** Makes specifications of properties. What was not said stays as the library, or an OpenSSH configuration, has it. */
final class TunnelSpecs {
    private final Logins logins;
    private final Gateways gateways;

    TunnelSpecs(Logins logins) {
        this.logins = logins;
        gateways = new Gateways(logins);
    }

    /** A builder with all that the properties say of a tunnel. */
    TunnelSpec.Builder builder(String name, Settings<TunnelProperties> settings) {
        TunnelSpec.Builder builder = start(name, settings);
        gateways.of(settings).forEach(gateway -> gateway.accept(builder::gateway));
        settings.apply("redundancy", TunnelProperties::redundancy, builder::redundancy);
        builder.credentials(logins.credentials(settings.group("credentials", TunnelProperties::credentials)));
        logins.hostKeys(settings.group("host-keys", TunnelProperties::hostKeys)).ifPresent(builder::hostKeys);
        Forwards.of(settings).forEach(forward -> forward.accept(builder::forward));
        Probes.of(settings).forEach(probe -> probe.accept(builder::probe));
        new Policies(settings, () -> complete(name, settings)).apply(builder);
        settings.apply("connect-timeout", TunnelProperties::connectTimeout, builder::connectTimeout);
        settings.apply(
                "max-window",
                TunnelProperties::maxWindow,
                size -> builder.maxWindow((int) Math.min(size.toBytes(), Integer.MAX_VALUE)));
        settings.apply("compression", TunnelProperties::compression, builder::compression);
        return builder;
    }

    private static TunnelSpec.Builder start(String name, Settings<TunnelProperties> settings) {
        TunnelSpec.Builder empty = new Value<>(ManagedTunnelProperties.TUNNELS, name).map(TunnelSpec::builder);
        return Gateways.sshConfig(settings)
                .flatMap(group -> group.find("destination", TunnelProperties.SshConfig::destination)
                        .map(destination -> destination.map(host -> fromSshConfig(name, host, group))))
                .orElse(empty);
    }

    private static TunnelSpec.Builder fromSshConfig(
            String name, String destination, Settings<TunnelProperties.SshConfig> settings) {
        return settings.find("file", TunnelProperties.SshConfig::file)
                .map(file -> file.map(path -> TunnelSpec.fromSshConfig(name, destination, ResourceFiles.path(file))))
                .orElseGet(() -> TunnelSpec.fromSshConfig(name, destination));
    }

    /** What holds without the properties, completed so that it can be read. */
    private static TunnelSpec complete(String name, Settings<TunnelProperties> settings) {
        TunnelSpec.Builder start = start(name, settings);
        if (Gateways.sshConfig(settings).isEmpty()) {
            start.gateway("nobody@localhost").credentials(Credentials.password(() -> new char[0]));
        }
        return start.forward(Forward.local("localhost", 1).named("read only")).build();
    }

    /** Names as a property what is missing; for a tunnel that nothing but properties describes. */
    static void requireComplete(Settings<TunnelProperties> settings) {
        if (Gateways.sshConfig(settings).isPresent()) {
            return;
        }
        require(settings, "gateway", Gateways.given(settings), "give the SSH server as user@host");
        require(settings, "credentials", Logins.given(settings), "give a private-key, an agent or a password");
        require(settings, "forwards", Forwards.given(settings), "give what is to be reached, as host:port");
    }

    private static void require(Settings<TunnelProperties> settings, String property, boolean given, String remedy) {
        if (!given) {
            throw new TunnelPropertyException(settings.name(property), "it is missing; " + remedy);
        }
    }
}
