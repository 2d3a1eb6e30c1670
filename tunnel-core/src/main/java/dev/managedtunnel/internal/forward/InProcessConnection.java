package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of this process, from its call to its one outcome: what {@link Connection} is for one that a listener
 * accepted, with the same places, moves and outcomes. But its client is threads of the application, which move the bytes
 * themselves ({@link InProcessClient}); so all there is to do here is to get a channel, and to learn and count how it ends.
 *
 * <p>Every field is the loop's, and so is every method but {@link #begin}, {@link #changed} and {@link #leave}. As in
 * {@link Connection}, {@link #advance} decides from what is so, and {@link #end} is the only way out.
 */
final class InProcessConnection implements Caller {
    private static final Logger LOG = LoggerFactory.getLogger(InProcessConnection.class);

    private final ForwardStats stats;
    private final Switchboard switchboard;
    private final LoopContext context;
    private final InProcessClient client;

    private long number;
    private long acceptedNanos;
    private State state = new Unplaced();

    private sealed interface State {}

    private record Unplaced() implements State {}

    private record Opening(Link link, InProcessSink sink, CompletableFuture<LinkChannel> answer, long sinceNanos)
            implements State {}

    private record Relaying(LinkChannel channel, InProcessSink sink) implements State {}

    private record Ended() implements State {}

    InProcessConnection(ForwardStats stats, Switchboard switchboard, LoopContext context) {
        this.stats = stats;
        this.switchboard = switchboard;
        this.context = context;
        String label = "tunnel " + context.tunnel() + ", forward " + forward();
        client = new InProcessClient(this, label, context.scheduler(), stats.bytesOut);
    }

    /** Has it placed. Any thread; returns at once. */
    InProcessClient begin() {
        if (!context.loop().execute(() -> switchboard.called(this, stats))) {
            client.ended("the tunnel is closed");
        }
        return client;
    }

    /** There is something to look at. Any thread. */
    void changed() {
        post(this::advance);
    }

    /** The application wants it no more. Any thread. */
    void leave(String detail) {
        post(() -> end(isEstablished() ? ConnectionOutcome.SERVED : ConnectionOutcome.CLIENT_LEFT, detail));
    }

    void accepted(long itsNumber) {
        number = itsNumber;
        acceptedNanos = context.scheduler().nanoTime();
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public long acceptedNanos() {
        return acceptedNanos;
    }

    @Override
    public String forward() {
        return stats.forward().name();
    }

    @Override
    public boolean isEstablished() {
        return state instanceof Relaying;
    }

    @Override
    public void open(Link link) {
        client.awaits("the gateway's answer about " + stats.forward().target());
        InProcessSink sink = new InProcessSink(client, stats.bytesIn, this::changed);
        CompletableFuture<LinkChannel> answer = link.open(stats.forward().target(), sink);
        Opening opening = new Opening(link, sink, answer, context.scheduler().nanoTime());
        state = opening;
        var unused = answer.whenComplete((channel, failure) -> {
            if (!post(() -> answered(opening, channel, failure)) && channel != null) {
                channel.close();
            }
        });
    }

    private void answered(Opening opening, @Nullable LinkChannel channel, @Nullable Throwable failure) {
        if (state != opening) {
            if (channel != null) {
                channel.close();
            }
        } else if (channel != null) {
            confirmed(opening, channel);
        } else {
            notOpened(opening, failure instanceof CompletionException ? failure.getCause() : failure);
        }
    }

    private void confirmed(Opening opening, LinkChannel channel) {
        state = new Relaying(channel, opening.sink());
        stats.established();
        long took = context.scheduler().nanoTime() - opening.sinceNanos();
        context.recorder().channelOpened(forward(), Duration.ofNanos(took));
        client.opened(channel);
        advance();
    }

    private void notOpened(Opening opening, @Nullable Throwable failure) {
        String text = failure == null ? "no channel" : String.valueOf(failure.getMessage());
        if (!(failure instanceof ChannelException why)) {
            LOG.warn("{}: forward {}: a channel failed to open", context.tunnel(), forward(), failure);
            refuse(ConnectionOutcome.TARGET_REFUSED, "no channel: " + failure);
        } else if (why.kind() == ChannelException.Kind.REFUSED) {
            refuse(ConnectionOutcome.TARGET_REFUSED, text);
        } else if (why.kind() == ChannelException.Kind.TIMED_OUT) {
            refuse(ConnectionOutcome.TARGET_TIMEOUT, text);
        } else if (opening.sink().isTouched()) {
            refuse(ConnectionOutcome.BROKEN, "the session ended when the target had begun to answer: " + text);
        } else {
            opening.sink().abandon();
            state = new Unplaced();
            client.awaits(null);
            switchboard.placeAfterLossOf(opening.link(), this);
        }
    }

    private void advance() {
        if (!(state instanceof Relaying relaying)) {
            return;
        }
        InProcessSink sink = relaying.sink();
        if (sink.hasOverflowed()) {
            refuse(
                    ConnectionOutcome.BROKEN,
                    "more than " + Downlink.MOST_QUEUED + " bytes were queued for an application that does not read");
        } else if (sink.isClosed() && !sink.hasTargetEnded()) {
            refuse(ConnectionOutcome.BROKEN, "its session or its channel ended before the target had finished");
        } else if (sink.hasTargetEnded() && client.outbox().hasToldEnd()) {
            end(ConnectionOutcome.SERVED, "both sides have finished");
        } else if (sink.hasTargetEnded() && sink.isClosed()) {
            end(ConnectionOutcome.SERVED, "the target has ended");
        }
    }

    @Override
    public void failed(Exception why) {
        LOG.warn("{}: forward {}: a connection failed", context.tunnel(), forward(), why);
        refuse(isEstablished() ? ConnectionOutcome.BROKEN : ConnectionOutcome.TUNNEL_DOWN, why.toString());
    }

    @Override
    public void refuse(ConnectionOutcome outcome, String detail) {
        end(outcome, detail);
    }

    private void end(ConnectionOutcome outcome, String detail) {
        State before = state;
        if (before instanceof Ended) {
            return;
        }
        state = new Ended();
        if (before instanceof Opening opening) {
            opening.sink().abandon();
            opening.answer().cancel(false);
        } else if (before instanceof Relaying relaying) {
            relaying.sink().abandon();
            relaying.channel().close();
        }
        // Counted first: whoever gets the error, or waits for the last connection, finds it in the counts.
        context.outcomes().ended(stats, before instanceof Relaying, outcome, detail);
        client.ended(outcome == ConnectionOutcome.SERVED ? null : detail);
        switchboard.left(this);
    }

    /** Brings a task to the loop; a bug in it ends this connection, no other. */
    private boolean post(Runnable task) {
        return context.loop().execute(() -> {
            try {
                task.run();
            } catch (RuntimeException bug) {
                failed(bug);
            }
        });
    }
}
