package dev.managedtunnel.examples.benchmarks;

import dev.managedtunnel.examples.benchmarks.client.Peer;
import dev.managedtunnel.examples.benchmarks.lab.Contender;
import dev.managedtunnel.examples.benchmarks.lab.JavaContender;
import dev.managedtunnel.examples.benchmarks.lab.Jdk;
import dev.managedtunnel.examples.benchmarks.lab.NoTunnel;
import dev.managedtunnel.examples.benchmarks.lab.OpenSsh;
import dev.managedtunnel.examples.benchmarks.lab.PartsContender;
import java.util.ArrayList;
import java.util.List;

/** All clients, in the order of the table. A new Java library needs a line here. */
final class Contenders {
    private Contenders() {}

    /** @param options of the Java clients' JVMs */
    static List<Contender> all(List<Jdk> jdks, List<String> options) {
        List<Contender> all =
                new ArrayList<>(List.of(new NoTunnel(), OpenSsh.local(), OpenSsh.remote(), OpenSsh.jump()));
        for (Jdk jdk : jdks) {
            all.add(new JavaContender("jsch", "JSch", Peer.JSCH, jdk, options));
            all.add(new JavaContender("mina", "Apache MINA SSHD", Peer.MINA, jdk, options));
            all.add(new JavaContender("sshj", "sshj", Peer.SSHJ, jdk, options));
            all.add(new JavaContender("managed", "Managed Tunnel", Peer.MANAGED_PORT, jdk, options));
            all.add(new JavaContender("remote", "Managed Tunnel, remote forward", Peer.MANAGED_REMOTE, jdk, options));
            all.add(new JavaContender("jump", "Managed Tunnel, two hops", Peer.MANAGED_JUMP, jdk, options));
            all.add(new JavaContender("socket", "Managed Tunnel, socket factory", Peer.MANAGED_SOCKET, jdk, options));
            all.add(new PartsContender(jdk));
        }
        return all;
    }
}
