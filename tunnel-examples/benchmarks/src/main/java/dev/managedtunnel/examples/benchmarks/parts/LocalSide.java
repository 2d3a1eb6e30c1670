package dev.managedtunnel.examples.benchmarks.parts;

import dev.managedtunnel.Forward;
import dev.managedtunnel.Parking;
import dev.managedtunnel.internal.forward.Forwarder;
import dev.managedtunnel.internal.status.Recorder;
import dev.managedtunnel.internal.time.SystemScheduler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;

/** A tunnel's local side with one forward, and clients of it. */
final class LocalSide implements AutoCloseable {
    private static final String FORWARD = "target";
    private static final int MOST_PARKED = 10_000;

    private final SystemScheduler scheduler = SystemScheduler.acquire();
    private final Forwarder forwarder = Forwarder.bind(
            "benchmark",
            List.of(Forward.local("target.example", 1).named(FORWARD)),
            Parking.upTo(MOST_PARKED).forAtMost(Duration.ofMinutes(10)),
            SimulatedChannel.WINDOW,
            scheduler,
            Runnable::run,
            Recorder.NONE,
            failed -> {});

    Forwarder forwarder() {
        return forwarder;
    }

    /** Connects to the forward. */
    SocketChannel connect() throws IOException {
        InetSocketAddress address = forwarder.address(FORWARD);
        SocketChannel client = SocketChannel.open(address);
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return client;
    }

    @Override
    public void close() {
        forwarder.close();
        scheduler.close();
    }
}
