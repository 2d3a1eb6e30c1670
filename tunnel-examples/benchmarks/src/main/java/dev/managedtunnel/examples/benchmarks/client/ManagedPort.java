package dev.managedtunnel.examples.benchmarks.client;

import dev.managedtunnel.Algorithms;
import dev.managedtunnel.Credentials;
import dev.managedtunnel.Forward;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.HostKeys;
import dev.managedtunnel.ManagedTunnel;
import dev.managedtunnel.TunnelSpec;
import java.util.List;
import java.util.function.IntFunction;

/** This library with its defaults, by its own ports or by ports of the gateway. */
final class ManagedPort implements PeerTunnel {
    private final ManagedTunnel tunnel;
    private final List<Integer> ports;

    private ManagedPort(Access access, Gateway gateway, IntFunction<Forward> forward) {
        tunnel = open(access, gateway, forward);
        ports = access.targets().stream()
                .map(target -> tunnel.address(forwardName(target)).getPort())
                .toList();
    }

    /** As {@code ssh -L}. */
    static ManagedPort local(Access access) {
        return new ManagedPort(access, gateway(access), ManagedPort::toTarget);
    }

    /** As {@code ssh -R}: the targets are the client's, the ports the gateway's, which is the same machine here. */
    static ManagedPort remote(Access access) {
        return new ManagedPort(
                access,
                gateway(access),
                target -> Forward.remote(0, Access.HOST, target).named(forwardName(target)));
    }

    /** As {@code ssh -J}, with the server as the jump host to itself. */
    static ManagedPort jump(Access access) {
        return new ManagedPort(access, gateway(access).via(gateway(access)), ManagedPort::toTarget);
    }

    static Gateway gateway(Access access) {
        return Gateway.of(access.user(), Access.HOST, access.port());
    }

    static Forward toTarget(int target) {
        return Forward.local(Access.HOST, target).named(forwardName(target));
    }

    static ManagedTunnel open(Access access, Gateway gateway, IntFunction<Forward> forward) {
        TunnelSpec.Builder spec = TunnelSpec.builder("benchmark")
                .gateway(gateway)
                .credentials(Credentials.privateKey(access.identity()))
                .hostKeys(HostKeys.knownHosts(access.knownHosts()));
        access.targets().forEach(target -> spec.forward(forward.apply(target)));
        // What Peer.options sets for a cipher that is no default.
        String cipher = System.getProperty("jsch.cipher");
        if (cipher != null) {
            spec.algorithms(Algorithms.defaults().ciphers(cipher));
        }
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
