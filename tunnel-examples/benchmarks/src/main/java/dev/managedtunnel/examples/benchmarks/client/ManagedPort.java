package dev.managedtunnel.examples.benchmarks.client;

import dev.managedtunnel.Credentials;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelSpec;
import java.util.List;

/** This library with its defaults, by its local ports. */
final class ManagedPort implements PeerTunnel {
    private final ManagedTunnel tunnel;
    private final List<Integer> ports;

    ManagedPort(Access access) {
        tunnel = open(access);
        ports = access.targets().stream()
                .map(target -> tunnel.address(forwardName(target)).getPort())
                .toList();
    }

    static ManagedTunnel open(Access access) {
        TunnelSpec.Builder spec = TunnelSpec.builder("benchmark")
                .gateway(Gateway.of(access.user(), Access.HOST, access.port()))
                .credentials(Credentials.privateKey(access.identity()))
                .hostKeys(HostKeys.knownHosts(access.knownHosts()));
        access.targets()
                .forEach(target ->
                        spec.forward(Forward.local(Access.HOST, target).named(forwardName(target))));
        return spec.build().open();
    }

    static String forwardName(int target) {
        return "target-" + target;
    }

    @Override
    public List<Integer> ports() {
        return ports;
    }

    @Override
    public void close() {
        tunnel.close();
    }
}
