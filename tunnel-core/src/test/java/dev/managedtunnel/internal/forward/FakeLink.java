package dev.managedtunnel.internal.forward;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.Offer;
import dev.managedtunnel.internal.link.StartPhase;
import java.io.Closeable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A session in memory, with one reader thread as a real one has. Channels are confirmed, refused and lost when the test
 * says so, or at once by what {@code onOpen} does with them. It notes every breach of the seam's contract.
 */
final class FakeLink implements Link, Closeable {
    final BlockingQueue<FakeChannel> opened = new LinkedBlockingQueue<>();
    final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    final ConcurrentLinkedQueue<String> unlistened = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<String> breaches = new ConcurrentLinkedQueue<>();

    private final ExecutorService reader;
    private final Consumer<FakeChannel> onOpen;
    private final List<FakeChannel> channels = new CopyOnWriteArrayList<>();
    private final CompletableFuture<TunnelException> lost = new CompletableFuture<>();
    private volatile boolean dead;

    /** Channels wait for the test to answer. */
    FakeLink() {
        this(channel -> {});
    }

    FakeLink(Consumer<FakeChannel> onOpen) {
        this.onOpen = onOpen;
        reader = Executors.newSingleThreadExecutor(task -> new Thread(task, "fixture-reader"));
    }

    /** Confirms each channel at once and sends back what it gets, the end included. */
    static FakeLink echo() {
        return new FakeLink(channel -> {
            channel.onData = channel::send;
            channel.onEof = channel::sendEofToClient;
            channel.confirm();
        });
    }

    @Override
    public CompletableFuture<LinkChannel> open(Endpoint target, ChannelSink sink) {
        FakeChannel channel = new FakeChannel(this, target, sink);
        if (dead) {
            channel.failOpen(ChannelException.Kind.LINK_DOWN, "the session has ended");
            return channel.answer;
        }
        channels.add(channel);
        opened.add(channel);
        onOpen.accept(channel);
        return channel.answer;
    }

    @Override
    public CompletableFuture<Integer> listen(String address, int port, Consumer<Offer> offers) {
        Request request = new Request(address, port, offers, new CompletableFuture<>());
        requests.add(request);
        return request.answer;
    }

    @Override
    public CompletableFuture<?> unlisten(String address, int port) {
        unlistened.add(address + ":" + port);
        return CompletableFuture.completedFuture("answered");
    }

    /** The gateway is asked to listen. */
    record Request(String address, int port, Consumer<Offer> offers, CompletableFuture<Integer> answer) {
        void refuse() {
            answer.completeExceptionally(new ChannelException(ChannelException.Kind.REFUSED, "the gateway refused"));
        }
    }

    Request nextRequest() {
        try {
            Request request = requests.poll(10, TimeUnit.SECONDS);
            if (request == null) {
                throw new AssertionError("the gateway was not asked to listen");
            }
            return request;
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** A connection comes in at the gateway. */
    FakeOffer offer(Request listener) {
        FakeOffer offer = new FakeOffer();
        onReader(() -> listener.offers.accept(offer));
        return offer;
    }

    /** One that waits to be taken. */
    final class FakeOffer implements Offer {
        final CompletableFuture<FakeChannel> taken = new CompletableFuture<>();
        final CompletableFuture<String> refused = new CompletableFuture<>();

        @Override
        public CompletableFuture<LinkChannel> accept(ChannelSink sink) {
            if (dead) {
                return CompletableFuture.failedFuture(
                        new ChannelException(ChannelException.Kind.LINK_DOWN, "the session has ended"));
            }
            FakeChannel channel = new FakeChannel(FakeLink.this, Endpoint.tcp("client", 1), sink);
            channels.add(channel);
            channel.confirm();
            taken.complete(channel);
            return channel.answer;
        }

        @Override
        public void refuse(String why) {
            refused.complete(why);
        }
    }

    /** The next channel that was asked for. */
    FakeChannel next() {
        try {
            FakeChannel channel = opened.poll(10, TimeUnit.SECONDS);
            if (channel == null) {
                throw new AssertionError("no channel was asked for");
            }
            return channel;
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** The session ends: confirmed channels are closed, the others fail. */
    void lose() {
        loseButAnswerLater();
        answerLate();
    }

    /** The session ends, but those who wait for a channel do not hear of it yet. */
    void loseButAnswerLater() {
        dead = true;
        channels.forEach(FakeChannel::lost);
    }

    void answerLate() {
        channels.forEach(channel -> channel.failOpen(ChannelException.Kind.LINK_DOWN, "the session has ended"));
        onReader(() -> lost.complete(new TunnelException(FailureReason.CONNECTION_LOST, "lost", null)));
    }

    void onReader(Runnable task) {
        if (!reader.isShutdown()) {
            reader.execute(() -> {
                try {
                    task.run();
                } catch (Throwable thrown) {
                    breaches.add("the reader thread got " + thrown);
                }
            });
        }
    }

    @Override
    public CompletionStage<TunnelException> lost() {
        return lost;
    }

    @Override
    public void cut(TunnelException why) {
        lose();
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

    /** Channels that neither side has ended. */
    long live() {
        return channels.stream().filter(channel -> !channel.hasEnded()).count();
    }

    @Override
    public void close() {
        lose();
        Rig.end(reader);
        if (!breaches.isEmpty()) {
            throw new AssertionError("contract breached: " + breaches);
        }
    }
}
