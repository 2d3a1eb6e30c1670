package dev.managedtunnel;

import dev.managedtunnel.testing.NetNs;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.Target;
import dev.managedtunnel.testing.TargetProcess;
import dev.managedtunnel.testing.Targets;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;

/**
 * What the faults happen to: an sshd and an echo server inside a network namespace, joined to this machine by a cable
 * whose packets can be dropped. A second echo server, on this machine, is the target of the fault that stops the target:
 * its packets cross the cable once more, and nothing is dropped then.
 */
final class OutageLab implements AutoCloseable {
    private final NetNs netNs;
    private final OpenSshServer server;
    private final TargetProcess inside;
    private final Target outside;

    private OutageLab(NetNs netNs) throws UnknownHostException {
        this.netNs = netNs;
        server = OpenSshServer.builder().in(netNs).start();
        inside = TargetProcess.in(netNs, "echo");
        outside = Target.tcp(InetAddress.getByName(netNs.hostAddress()), Targets.echo());
    }

    static OutageLab create() throws UnknownHostException {
        NetNs netNs = NetNs.create();
        try {
            return new OutageLab(netNs);
        } catch (RuntimeException | UnknownHostException incomplete) {
            netNs.close();
            throw incomplete;
        }
    }

    NetNs netNs() {
        return netNs;
    }

    OpenSshServer server() {
        return server;
    }

    /** The echo server that can be stopped. */
    Target target() {
        return outside;
    }

    /** Where the echo server of this fault is, as the gateway sees it. */
    Endpoint.Tcp echo(Fault fault) {
        return fault == Fault.TARGET_DOWN
                ? Endpoint.tcp(outside.host(), outside.port())
                : Endpoint.tcp("127.0.0.1", inside.port());
    }

    /**
     * A tunnel for this lab, with the keep-alive that the figures were taken with. Eight seconds at 50 connections a
     * second are more than parking holds by default.
     */
    TunnelSpec.Builder spec(Endpoint.Tcp target) {
        return Tunnels.to(server, "outage")
                .forward(Forward.local(target.host(), target.port()))
                .keepAlive(KeepAlive.every(Duration.ofSeconds(1)).missed(3))
                .parking(Parking.upTo(2000).forAtMost(Duration.ofSeconds(60)));
    }

    @Override
    public void close() {
        outside.close();
        inside.close();
        server.close();
        netNs.close();
    }
}
