package dev.managedtunnel.boot.autoconfigure;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.Proxy;
import dev.managedtunnel.boot.autoconfigure.Settings.Value;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** The gateways, and the ways to them. */
final class Gateways {
    private final Logins logins;

    Gateways(Logins logins) {
        this.logins = logins;
    }

    /** Whether there is any. */
    static boolean given(Settings<TunnelProperties> settings) {
        return settings.first(Gateways::given).isPresent();
    }

    private static boolean given(TunnelProperties properties) {
        return properties.gateway() != null
                || !properties.gateways().isEmpty()
                || properties.sshConfig().destination() != null;
    }

    /** Where OpenSSH's configuration says which gateway there is. */
    static Optional<Settings<TunnelProperties.SshConfig>> sshConfig(Settings<TunnelProperties> settings) {
        return settings.first(Gateways::given)
                .filter(level -> level.properties().sshConfig().destination() != null)
                .map(level -> level.group("ssh-config", TunnelProperties::sshConfig));
    }

    /** All of them, in order of preference. */
    List<Value<Gateway>> of(Settings<TunnelProperties> settings) {
        return settings.first(Gateways::given).map(this::ofOneLevel).orElse(List.of());
    }

    private List<Value<Gateway>> ofOneLevel(Settings<TunnelProperties> settings) {
        List<GatewayProperties> several = settings.properties().gateways();
        settings.atMostOneOf(entries -> {
            entries.put("gateway", settings.properties().gateway());
            entries.put("gateways", several);
            entries.put(
                    "ssh-config.destination", settings.properties().sshConfig().destination());
        });
        if (several.isEmpty()) {
            return settings.find("gateway", TunnelProperties::gateway).stream()
                    .map(address -> new Value<>(address.name(), address.map(Gateway::parse)))
                    .toList();
        }
        return IntStream.range(0, several.size())
                .mapToObj(i -> {
                    String name = settings.name("gateways[" + i + "]");
                    return new Value<>(name, gateway(Settings.of(name, several.get(i))));
                })
                .toList();
    }

    private Gateway gateway(Settings<GatewayProperties> settings) {
        Gateway gateway = settings.find("address", GatewayProperties::address)
                .orElseThrow(() -> new TunnelPropertyException(
                        settings.name("address"), "it is missing; give the SSH server as user@host"))
                .map(Gateway::parse);
        gateway =
                with(gateway, settings.find("host-key-alias", GatewayProperties::hostKeyAlias), Gateway::hostKeyAlias);
        Credentials[] credentials = logins.credentials(settings.group("credentials", GatewayProperties::credentials));
        if (credentials.length > 0) {
            gateway = gateway.credentials(credentials);
        }
        HostKeys hostKeys = logins.hostKeys(settings.group("host-keys", GatewayProperties::hostKeys))
                .orElse(null);
        if (hostKeys != null) {
            gateway = gateway.hostKeys(hostKeys);
        }
        return led(settings, gateway);
    }

    /** Through its jump hosts. Proxy and bind address are for what this machine connects to: the first of them. */
    private Gateway led(Settings<GatewayProperties> settings, Gateway gateway) {
        Value<String> via = settings.find("via", GatewayProperties::via).orElse(null);
        if (via == null) {
            return connected(settings, gateway);
        }
        Gateway hop = null;
        for (String address : via.get().split(",", -1)) {
            Gateway next = via.map(all -> Gateway.parse(address.strip()));
            Gateway before = hop;
            hop = before == null ? connected(settings, next) : via.map(all -> next.via(before));
        }
        Gateway last = Objects.requireNonNull(hop);
        return via.map(all -> gateway.via(last));
    }

    private Gateway connected(Settings<GatewayProperties> settings, Gateway gateway) {
        Gateway bound = with(
                gateway,
                settings.find("bind-address", GatewayProperties::bindAddress),
                (from, text) -> from.bindAddress(address(text)));
        return proxy(settings.group("proxy", GatewayProperties::proxy))
                .map(bound::proxy)
                .orElse(bound);
    }

    private Optional<Proxy> proxy(Settings<GatewayProperties.Proxy> settings) {
        settings.atMostOneOf(entries -> {
            entries.put("http", settings.properties().http());
            entries.put("socks5", settings.properties().socks5());
        });
        Optional<Proxy> proxy = settings.find("http", GatewayProperties.Proxy::http)
                .map(text -> text.map(Endpoints::tcp))
                .map(endpoint -> Proxy.http(endpoint.host(), endpoint.port()))
                .or(() -> settings.find("socks5", GatewayProperties.Proxy::socks5)
                        .map(text -> text.map(Endpoints::tcp))
                        .map(endpoint -> Proxy.socks5(endpoint.host(), endpoint.port())));
        return proxy.map(plain -> settings.find("username", GatewayProperties.Proxy::username)
                .map(user -> user.map(name -> plain.credentials(name, proxyPassword(settings))))
                .orElse(plain));
    }

    private Supplier<char[]> proxyPassword(Settings<GatewayProperties.Proxy> settings) {
        return logins.secrets()
                .find(
                        settings,
                        "password",
                        GatewayProperties.Proxy::password,
                        GatewayProperties.Proxy::passwordSupplier)
                .orElseThrow(() -> new TunnelPropertyException(
                        settings.name("password"), "it is missing, but there is a username; give both"));
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("'" + text + "' is no address of this machine; give one", e);
        }
    }

    private static <T> Gateway with(
            Gateway gateway, Optional<Value<T>> value, BiFunction<Gateway, T, Gateway> changed) {
        return value.map(given -> given.map(any -> changed.apply(gateway, any))).orElse(gateway);
    }
}
