package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.internal.forward.ConnectionState.Ended;
import dev.managedtunnel.internal.forward.ConnectionState.Opening;
import dev.managedtunnel.internal.forward.ConnectionState.Relaying;
import dev.managedtunnel.internal.forward.ConnectionState.Waiting;
import dev.managedtunnel.internal.link.Causes;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.status.Recorder;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection's way to its channel and to its one outcome, wherever it came from: placed, parked, opened, moved, refused,
 * counted. What happens in between is for those who extend it. What holds:
 *
 * <ul>
 *   <li><b>Every method and field is the loop's</b>, but for {@link #post} and {@link #heard}.
 *   <li><b>Nothing is sent before confirmation</b>, and each attempt has a sink of its own. So a connection whose link died
 *       early is as good as new, unless the target has spoken already.
 *   <li><b>{@link #advance} decides from what is so, not from what has just happened.</b> It may be called at any time and
 *       any number of times; so the order in which threads report does not matter and no report can be missed.
 *   <li><b>{@link #end} is the only way out</b>; it counts the outcome and closes the channel.
 * </ul>
 *
 * @param <S> what the target's bytes go to
 */
abstract class Caller<S extends Attempt> {
    private static final Logger LOG = LoggerFactory.getLogger(Caller.class);

    final ForwardStats stats;
    final LoopContext context;
    final Route route;
    private final Switchboard switchboard;

    private long number;
    private long acceptedNanos;
    private ConnectionState<S> state = new Waiting<>();

    Caller(ForwardStats stats, Route route, Switchboard switchboard, LoopContext context) {
        this.stats = stats;
        this.route = route;
        this.switchboard = switchboard;
        this.context = context;
    }

    /** A sink for the next attempt. */
    abstract S attempt();

    /** It will have this channel. On the thread that hears of it first, before the loop does. */
    void heard(LinkChannel channel) {}

    /** It has its channel. */
    abstract void established(LinkChannel channel, S sink);

    /** Its attempt came to nothing, and it waits for another session, unless it ends here. */
    abstract void waitsAgain();

    /** Does what is to be done next. */
    abstract void advance();

    /** Ends it with an error before it was established, or because the tunnel ends. */
    abstract void refuse(ConnectionOutcome outcome, String detail);

    /** Ends it because the gateway could not or would not reach its target. */
    void targetRefused(ChannelException why) {
        refuse(ConnectionOutcome.TARGET_REFUSED, String.valueOf(why.getMessage()));
    }

    /** Ends it since something broke; a bug perhaps. */
    abstract void failed(Exception why);

    /** It begins, and is counted already. */
    void accepted(long itsNumber) {
        number = itsNumber;
        acceptedNanos = context.scheduler().nanoTime();
    }

    /** Its place among the tunnel's connections, in the order of acceptance. */
    long number() {
        return number;
    }

    long acceptedNanos() {
        return acceptedNanos;
    }

    String forward() {
        return stats.forward().name();
    }

    ConnectionState<S> state() {
        return state;
    }

    /** Whether its client is established with a target. */
    boolean isEstablished() {
        return state instanceof Relaying;
    }

    /** Asks this link for a channel. */
    void open(Link link) {
        S sink = attempt();
        Recorder.Opening recorded = context.recorder().channelOpening(forward());
        CompletableFuture<LinkChannel> answer = route.open(link, sink);
        Opening<S> opening =
                new Opening<>(link, sink, answer, context.scheduler().nanoTime(), recorded);
        state = opening;
        var unused = answer.whenComplete((channel, failure) -> {
            try {
                if (channel != null) {
                    heard(channel);
                }
            } finally {
                if (!post(() -> answered(opening, channel, failure)) && channel != null) {
                    channel.close();
                }
            }
        });
    }

    private void answered(Opening<S> opening, @Nullable LinkChannel channel, @Nullable Throwable failure) {
        if (state != opening) {
            if (channel != null) {
                channel.close();
            }
        } else if (channel != null) {
            confirmed(opening, channel);
        } else {
            notOpened(opening, Causes.of(failure));
        }
    }

    private void confirmed(Opening<S> opening, LinkChannel channel) {
        state = new Relaying<>(channel, opening.sink());
        stats.established();
        opening.ended("confirmed");
        long took = context.scheduler().nanoTime() - opening.sinceNanos();
        context.recorder().channelOpened(forward(), Duration.ofNanos(took));
        established(channel, opening.sink());
        advance();
    }

    private void notOpened(Opening<S> opening, @Nullable Throwable failure) {
        String text = failure == null ? "no channel" : String.valueOf(failure.getMessage());
        opening.ended(failure instanceof ChannelException why ? why.kind().tag() : "error");
        if (!(failure instanceof ChannelException why)) {
            LOG.warn("{}: forward {}: a channel failed to open", context.tunnel(), forward(), failure);
            refuse(ConnectionOutcome.TARGET_REFUSED, "no channel: " + failure);
        } else if (why.kind() == ChannelException.Kind.REFUSED || why.kind() == ChannelException.Kind.PROHIBITED) {
            targetRefused(why);
        } else if (why.kind() == ChannelException.Kind.TIMED_OUT) {
            refuse(ConnectionOutcome.TARGET_TIMEOUT, text);
        } else if (opening.sink().isTouched()) {
            refuse(ConnectionOutcome.BROKEN, "the session ended when the target had begun to answer: " + text);
        } else if (!route.isMovable()) {
            refuse(ConnectionOutcome.BROKEN, text);
        } else {
            opening.sink().abandon();
            state = new Waiting<>();
            waitsAgain();
            if (state instanceof Waiting) {
                switchboard.placeAfterLossOf(opening.link(), this);
            }
        }
    }

    /**
     * Ends it if the target's side of it is broken.
     *
     * @param reader whom the target's bytes are for, for the text
     */
    boolean endsBroken(S sink, String reader) {
        if (sink.hasOverflowed()) {
            refuse(
                    ConnectionOutcome.BROKEN,
                    "more than " + context.mostQueued() + " bytes were queued for " + reader + " that does not read");
            return true;
        } else if (sink.isClosed() && !sink.hasTargetEnded()) {
            refuse(ConnectionOutcome.BROKEN, "its session or its channel ended before the target had finished");
            return true;
        }
        return false;
    }

    /** @param parting ends the client's side */
    void end(ConnectionOutcome outcome, String detail, Runnable parting) {
        ConnectionState<S> before = state;
        if (before instanceof Ended) {
            return;
        }
        state = new Ended<>();
        if (before instanceof Opening<S> opening) {
            opening.ended("given_up");
            opening.sink().abandon();
            opening.answer().cancel(false);
        } else if (before instanceof Relaying<S> relaying) {
            relaying.sink().abandon();
            relaying.channel().close();
        }
        // Counted first: whoever gets the error, or waits for the last connection, finds it in the counts.
        try {
            context.outcomes().ended(stats, before instanceof Relaying, outcome, detail);
        } finally {
            parting.run();
        }
        switchboard.left(this);
    }

    /** Brings a task to the loop, on any thread; a bug in it ends this connection, no other. */
    boolean post(Runnable task) {
        return context.loop().execute(() -> {
            try {
                task.run();
            } catch (RuntimeException bug) {
                failed(bug);
            }
        });
    }
}
