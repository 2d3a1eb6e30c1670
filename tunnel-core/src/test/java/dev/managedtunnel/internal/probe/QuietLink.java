package dev.managedtunnel.internal.probe;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.Offer;
import dev.managedtunnel.internal.link.StartPhase;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A session that does nothing but end, and be asked to listen. */
final class QuietLink implements Link {
    private final CompletableFuture<TunnelException> lost = new CompletableFuture<>();
    int asked;
    CompletableFuture<Integer> answer = new CompletableFuture<>();

    @Nullable
    Consumer<Offer> offers;

    void lose() {
        lost.complete(new TunnelException(FailureReason.CONNECTION_LOST, "lost", null));
    }

    /** Why it was ended; null while it is up. */
    @Nullable
    TunnelException end() {
        return lost.getNow(null);
    }

    @Override
    public CompletableFuture<LinkChannel> open(Endpoint target, ChannelSink sink) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Integer> listen(String address, int port, Consumer<Offer> taker) {
        asked++;
        offers = taker;
        return answer;
    }

    @Override
    public CompletableFuture<?> unlisten(String address, int port) {
        return CompletableFuture.completedFuture(null);
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
