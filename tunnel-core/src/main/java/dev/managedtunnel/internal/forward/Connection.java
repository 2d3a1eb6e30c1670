package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.internal.forward.ConnectionState.Ended;
import dev.managedtunnel.internal.forward.ConnectionState.Relaying;
import dev.managedtunnel.internal.forward.ConnectionState.Waiting;
import dev.managedtunnel.internal.link.LinkChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One accepted connection. The hard class of this package; what holds, beside what {@link Caller} says:
 *
 * <ul>
 *   <li><b>What other threads learn</b> (the session's reader in {@link Downlink} and in the completion of a channel's future)
 *       reaches this class only as a task on the loop. Such a task may come late: it looks at the state first.
 *   <li><b>The loop reads, encrypts and writes itself</b>, since none of that can block. While the channel takes nothing,
 *       {@code blocked}, read interest is off.
 *   <li><b>The writing side</b> is the session's reader thread's while nothing is queued, else the loop's: see Downlink.
 *   <li><b>Its end closes the socket.</b> Only after a complete answer does the socket outlive it, in {@link
 *       LingeringSockets}.
 * </ul>
 */
class Connection extends Caller<Downlink> implements EventLoop.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SocketChannel client;
    private final Uplink up;
    private final SelectionKey key;

    private boolean blocked;
    private boolean targetToldEnd;
    private boolean clientToldEnd;

    Connection(SocketChannel client, ForwardStats stats, Route route, Switchboard switchboard, LoopContext context)
            throws ClosedChannelException {
        this(client, NOTHING, stats, route, switchboard, context);
    }

    /** @param early what the client has said to its target already */
    Connection(
            SocketChannel client,
            ByteBuffer early,
            ForwardStats stats,
            Route route,
            Switchboard switchboard,
            LoopContext context)
            throws ClosedChannelException {
        super(stats, route, switchboard, context);
        this.client = client;
        up = new Uplink(client, early, context.loop().scratch(), stats.bytesOut);
        key = context.loop().register(client, SelectionKey.OP_READ, this);
    }

    @Override
    Downlink attempt() {
        return new Downlink(client, stats.bytesIn, context.mostQueued(), () -> post(this::advance));
    }

    @Override
    void heard(LinkChannel channel) {
        up.sendEarly(channel);
    }

    @Override
    void established(LinkChannel channel, Downlink down) {
        down.confirmed(channel);
        if (up.confirmed()) {
            relay(channel);
        } else {
            interest(SelectionKey.OP_READ, true);
        }
    }

    @Override
    void waitsAgain() {
        if (up.hasLeftSilently()) {
            refuse(ConnectionOutcome.CLIENT_LEFT, "the client hung up while its channel was being opened");
        }
    }

    /** With a RST. */
    @Override
    void refuse(ConnectionOutcome outcome, String detail) {
        end(outcome, detail, () -> Sockets.reset(client));
    }

    /** Tells the client this, and that nothing more comes; for the parting of one that was not established. */
    final void linger(ByteBuffer lastWords) {
        context.lingering().addAfter(lastWords, key, client);
    }

    @Override
    public void ready(int operations) throws IOException {
        if ((operations & SelectionKey.OP_WRITE) != 0 && state() instanceof Relaying<Downlink> relaying) {
            relaying.sink().drain();
            advance();
        }
        if ((operations & SelectionKey.OP_READ) != 0) {
            if (state() instanceof Relaying<Downlink> relaying) {
                relay(relaying.channel());
                advance();
            } else if (!(state() instanceof Ended)) {
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
            refuse(ConnectionOutcome.SERVED, "the " + route.near() + " broke off: " + why.getMessage());
        } else {
            refuse(ConnectionOutcome.CLIENT_LEFT, "the " + route.near() + " broke off: " + why.getMessage());
        }
    }

    private void readEarly() throws IOException {
        if (!up.readEarly()) {
            interest(SelectionKey.OP_READ, false);
        }
        // One that is being opened may be a client that only wants to listen; one that is parked has most likely left.
        if (state() instanceof Waiting && up.hasLeftSilently()) {
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
            case CLIENT_GONE -> refuse(ConnectionOutcome.SERVED, "the " + route.near() + " broke off");
            // Whether the target had finished is known when the sink is told that the channel is down.
            case CHANNEL_ENDED -> {
                interest(SelectionKey.OP_READ, false);
                channel.close();
            }
        }
    }

    @Override
    void advance() {
        if (!(state() instanceof Relaying<Downlink> relaying)) {
            return;
        }
        Downlink down = relaying.sink();
        if (down.takeWritable() && blocked) {
            relay(relaying.channel());
            if (state() != relaying) {
                return;
            }
        }
        Throwable clientFailure = down.clientFailure();
        if (clientFailure != null) {
            failed(clientFailure instanceof Exception why ? why : new IllegalStateException(clientFailure));
        } else if (endsBroken(down, "a " + route.near())) {
            return;
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
        if (targetToldEnd) {
            end(ConnectionOutcome.SERVED, "both sides have finished", () -> Sockets.close(client));
            return;
        }
        if (!clientToldEnd) {
            clientToldEnd = true;
            try {
                client.shutdownOutput();
            } catch (IOException gone) {
                failed(gone);
                return;
            }
        }
        if (down.isClosed()) {
            end(
                    ConnectionOutcome.SERVED,
                    "the target has ended",
                    () -> context.lingering().add(key, client));
        }
    }

    private void interest(int operation, boolean wanted) {
        int now = key.interestOps();
        int then = wanted ? now | operation : now & ~operation;
        if (then != now) {
            key.interestOps(then);
        }
    }
}
