package dev.managedtunnel.examples.benchmarks.parts;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.Offer;
import dev.managedtunnel.internal.link.StartPhase;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A session that costs nothing: it confirms every channel at once. The benchmark's own thread plays the reader, see
 * {@link SimulatedChannel}. Thread-safe.
 */
final class SimulatedLink implements Link {
    private final BlockingQueue<SimulatedChannel> opened = new LinkedBlockingQueue<>();
    private final CompletableFuture<TunnelException> lost = new CompletableFuture<>();

    @Override
    public CompletableFuture<LinkChannel> open(Endpoint target, ChannelSink sink) {
        SimulatedChannel channel = new SimulatedChannel(sink);
        opened.add(channel);
        return CompletableFuture.completedFuture(channel);
    }

    /** Waits for the next channel. */
    SimulatedChannel next() throws InterruptedException {
        return opened.take();
    }

    @Override
    public CompletableFuture<Integer> listen(String address, int port, Consumer<Offer> offers) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<?> unlisten(String address, int port) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<TunnelException> lost() {
        return lost;
    }

    @Override
    public void cut(TunnelException why) {
        lost.complete(why);
    }

    @Override
    public void check(Duration deadline) {
        // It lives.
    }

    @Override
    public @Nullable Duration roundTrip() {
        return null;
    }

    @Override
    public Map<StartPhase, Duration> startPhases() {
        return Map.of();
    }
}
