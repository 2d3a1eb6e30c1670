package dev.managedtunnel;

import dev.managedtunnel.testing.Cable;
import dev.managedtunnel.testing.NetNs;
import dev.managedtunnel.testing.OpenSshServer;
import dev.managedtunnel.testing.TargetProcess;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Random;

/**
 * One sshd with an echo server beside it, in a network namespace, at one address to which two uplinks lead: two cables, two
 * routes, and two gateways that differ only in the address they are connected from.
 */
final class UplinkLab implements AutoCloseable {
    private static final long SEED = 5;

    private final NetNs netNs = NetNs.create();
    private final Cable secondary;
    private final OpenSshServer server;
    private final TargetProcess echo;
    private final String address;

    private UplinkLab() {
        try {
            secondary = netNs.addCable();
            address = netNs.commonAddress();
            server = OpenSshServer.builder()
                    .in(netNs)
                    .config("ListenAddress " + address)
                    .start();
            echo = TargetProcess.in(netNs, "echo");
        } catch (RuntimeException incomplete) {
            netNs.close();
            throw incomplete;
        }
    }

    static UplinkLab create() {
        return new UplinkLab();
    }

    Cable primary() {
        return netNs.cable();
    }

    Gateway byPrimary() throws UnknownHostException {
        return by(primary());
    }

    Gateway bySecondary() throws UnknownHostException {
        return by(secondary);
    }

    private Gateway by(Cable cable) throws UnknownHostException {
        return Gateway.of(server.user(), address, server.port())
                .bindAddress(InetAddress.getByName(cable.hostAddress()));
    }

    /** A tunnel that prefers the primary, with the defaults in all else. */
    TunnelSpec.Builder spec() throws UnknownHostException {
        return Tunnels.to(server, "uplinks", byPrimary(), bySecondary())
                .forward(Forward.local("127.0.0.1", echo.port()));
    }

    /**
     * The policy of a script that moves on when nothing has come back for a second: what people build first. The keep-alive
     * does the asking; it refuses to act on one question alone, so there are two of them in the second.
     */
    TunnelSpec.Builder naive() throws UnknownHostException {
        return spec().keepAlive(KeepAlive.every(Duration.ofMillis(500)).missed(2))
                .connectTimeout(Duration.ofSeconds(1))
                .restart(RestartPolicy.builder()
                        .minSpacing(Duration.ofMillis(100))
                        .backoff(Duration.ofMillis(100), Duration.ofMillis(500))
                        .build())
                .failover(FailoverPolicy.builder()
                        .failAfter(1)
                        .recoverAfter(1)
                        .checkEvery(Duration.ofSeconds(1))
                        .dwell(Duration.ZERO)
                        .damping(Duration.ZERO, Duration.ofSeconds(1))
                        .build());
    }

    /** The primary loses all packets for 1 to 4 s, and after 6 to 14 s again, until that time is over. */
    void bursts(Duration time) {
        Random random = new Random(SEED);
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - end < 0) {
            burst(Duration.ofMillis(random.nextLong(1_000, 4_000)));
            Outage.pass(Duration.ofMillis(random.nextLong(6_000, 14_000)));
        }
    }

    /** The primary loses all packets for so long. */
    void burst(Duration time) {
        primary().drop();
        Outage.pass(time);
        primary().heal();
    }

    @Override
    public void close() {
        echo.close();
        server.close();
        netNs.close();
    }
}
