package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.internal.forward.ConnectionState.Ended;
import dev.managedtunnel.internal.forward.ConnectionState.Opening;
import dev.managedtunnel.internal.forward.ConnectionState.Relaying;
import dev.managedtunnel.internal.forward.ConnectionState.Waiting;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One accepted connection, from its acceptance to its one outcome. The hard class of this package; what holds:
 *
 * <ul>
 *   <li><b>Every method and field is the loop's.</b> What other threads learn (the session's reader in {@link Downlink} and
 *       in the completion of a channel's future) reaches this class only as a task on the loop. Such a task may come
 *       late: it looks at the state first.
 *   <li><b>The loop reads, encrypts and writes itself</b>, since none of that can block. While the channel takes nothing,
 *       {@code blocked}, read interest is off.
 *   <li><b>The writing side</b> is the session's reader thread's while nothing is queued, else the loop's: see Downlink.
 *   <li><b>Nothing is sent before confirmation</b>, and the early bytes with it, by the thread that hears of it first; the
 *       loop writes only when it has heard of it too. Each attempt has a Downlink of its own. So a connection whose link
 *       died early is as good as new, unless the target has spoken already.
 *   <li><b>{@link #advance} decides from what is so, not from what has just happened.</b> It may be called at any time and
 *       any number of times; so the order in which the threads report does not matter and no report can be missed.
 *   <li><b>{@link #end} is the only way out</b>; it counts the outcome and closes channel and socket. Only after a complete
 *       answer does the socket outlive it, in {@link LingeringSockets}.
 * </ul>
 */
final class Connection implements EventLoop.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final Waiting WAITING = new Waiting();
    private static final Ended ENDED = new Ended();

    private final long number;
    private final SocketChannel client;
    private final ForwardStats stats;
    private final Switchboard switchboard;
    private final LoopContext context;
    private final long acceptedNanos;
    private final Uplink up;
    private final SelectionKey key;

    private ConnectionState state = WAITING;
    private boolean blocked;
    private boolean targetToldEnd;
    private boolean clientToldEnd;

    Connection(long number, SocketChannel client, ForwardStats stats, Switchboard switchboard, LoopContext context)
            throws ClosedChannelException {
        this.number = number;
        this.client = client;
        this.stats = stats;
        this.switchboard = switchboard;
        this.context = context;
        acceptedNanos = context.scheduler().nanoTime();
        up = new Uplink(client, context.loop().scratch(), stats.bytesOut);
        key = context.loop().register(client, SelectionKey.OP_READ, this);
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

    /** Whether its client is established with a target. */
    boolean isEstablished() {
        return state instanceof Relaying;
    }

    /** Asks this link for a channel. */
    void open(Link link) {
        Downlink down = new Downlink(client, stats.bytesIn, context.mostQueued(), () -> post(this::advance));
        CompletableFuture<LinkChannel> answer = link.open(stats.forward().target(), down);
        Opening opening = new Opening(link, down, answer, context.scheduler().nanoTime());
        state = opening;
        var unused = answer.whenComplete((channel, failure) -> {
            if (channel != null) {
                up.sendEarly(channel);
            }
            if (!post(() -> answered(opening, channel, failure)) && channel != null) {
                channel.close();
            }
        });
    }

    /** Ends it with a RST before it was established, or because the tunnel ends. */
    void refuse(ConnectionOutcome outcome, String detail) {
        end(outcome, detail, Sockets::reset);
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
        state = new Relaying(channel, opening.down());
        stats.established();
        long took = context.scheduler().nanoTime() - opening.sinceNanos();
        context.recorder().channelOpened(forward(), Duration.ofNanos(took));
        opening.down().confirmed(channel);
        if (up.confirmed()) {
            relay(channel);
        } else {
            interest(SelectionKey.OP_READ, true);
        }
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
        } else if (opening.down().isTouched()) {
            refuse(ConnectionOutcome.BROKEN, "the session ended when the target had begun to answer: " + text);
        } else if (up.hasLeftSilently()) {
            refuse(ConnectionOutcome.CLIENT_LEFT, "the client hung up while its channel was being opened");
        } else {
            opening.down().abandon();
            state = WAITING;
            switchboard.placeAfterLossOf(opening.link(), this);
        }
    }

    @Override
    public void ready(int operations) throws IOException {
        if ((operations & SelectionKey.OP_WRITE) != 0 && state instanceof Relaying relaying) {
            relaying.down().drain();
            advance();
        }
        if ((operations & SelectionKey.OP_READ) != 0) {
            if (state instanceof Relaying relaying) {
                relay(relaying.channel());
                advance();
            } else if (!(state instanceof Ended)) {
                readEarly();
            }
        }
    }

    /** The socket is broken, or we are. */
    @Override
    public void failed(Exception why) {
        if (!(why instanceof IOException)) {
            LOG.warn("{}: forward {}: a connection failed", context.tunnel(), forward(), why);
            refuse(isEstablished() ? ConnectionOutcome.BROKEN : ConnectionOutcome.TUNNEL_DOWN, why.toString());
        } else if (isEstablished()) {
            refuse(ConnectionOutcome.SERVED, "the client broke off: " + why.getMessage());
        } else {
            refuse(ConnectionOutcome.CLIENT_LEFT, "the client broke off: " + why.getMessage());
        }
    }

    private void readEarly() throws IOException {
        if (!up.readEarly()) {
            interest(SelectionKey.OP_READ, false);
        }
        // One that is being opened may be a client that only wants to listen; one that is parked has most likely left.
        if (state instanceof Waiting && up.hasLeftSilently()) {
            refuse(ConnectionOutcome.CLIENT_LEFT, "the client hung up while parked");
        }
    }

    private void relay(LinkChannel channel) {
        Uplink.Turn turn = up.pump(channel);
        blocked = turn == Uplink.Turn.BLOCKED;
        switch (turn) {
            case IDLE, MORE -> interest(SelectionKey.OP_READ, true);
            case BLOCKED -> interest(SelectionKey.OP_READ, false);
            case FINISHED -> {
                interest(SelectionKey.OP_READ, false);
                targetToldEnd = true;
            }
            case CLIENT_GONE -> refuse(ConnectionOutcome.SERVED, "the client broke off");
            // Whether the target had finished is known when the sink is told that the channel is down.
            case CHANNEL_ENDED -> {
                interest(SelectionKey.OP_READ, false);
                channel.close();
            }
        }
    }

    private void advance() {
        if (!(state instanceof Relaying relaying)) {
            return;
        }
        Downlink down = relaying.down();
        if (down.takeWritable() && blocked) {
            relay(relaying.channel());
            if (state != relaying) {
                return;
            }
        }
        Throwable clientFailure = down.clientFailure();
        if (clientFailure != null) {
            failed(clientFailure instanceof Exception why ? why : new IllegalStateException(clientFailure));
        } else if (down.hasOverflowed()) {
            refuse(
                    ConnectionOutcome.BROKEN,
                    "more than " + context.mostQueued() + " bytes were queued for a client that does not read");
        } else if (down.isClosed() && !down.hasTargetEnded()) {
            refuse(ConnectionOutcome.BROKEN, "its session or its channel ended before the target had finished");
        } else if (down.hasQueued()) {
            interest(SelectionKey.OP_WRITE, true);
        } else {
            interest(SelectionKey.OP_WRITE, false);
            if (down.hasTargetEnded()) {
                finish(down);
            }
        }
    }

    /** The client has been sent all that the target ever says. */
    private void finish(Downlink down) {
        if (!clientToldEnd) {
            clientToldEnd = true;
            try {
                client.shutdownOutput();
            } catch (IOException gone) {
                failed(gone);
                return;
            }
        }
        if (targetToldEnd) {
            end(ConnectionOutcome.SERVED, "both sides have finished", Sockets::close);
        } else if (down.isClosed()) {
            end(
                    ConnectionOutcome.SERVED,
                    "the target has ended",
                    socket -> context.lingering().add(key, socket));
        }
    }

    private void end(ConnectionOutcome outcome, String detail, Consumer<SocketChannel> closing) {
        ConnectionState before = state;
        if (before instanceof Ended) {
            return;
        }
        state = ENDED;
        closing.accept(client);
        if (before instanceof Opening opening) {
            opening.down().abandon();
            opening.answer().cancel(false);
        } else if (before instanceof Relaying relaying) {
            relaying.down().abandon();
            relaying.channel().close();
        }
        // Counted first: whoever waits for the last connection finds it in the counts.
        context.outcomes().ended(stats, before instanceof Relaying, outcome, detail);
        switchboard.left(this);
    }

    private void interest(int operation, boolean wanted) {
        int now = key.interestOps();
        int then = wanted ? now | operation : now & ~operation;
        if (then != now) {
            key.interestOps(then);
        }
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
