package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.internal.forward.SocksDialogue.Step;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.Scheduler;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the clients of a dynamic forward come in. Each has limited time to say where it wants to go; then it is a
 * connection like any other. Until then it counts as none: one that is turned away here is counted at once. Loop only.
 */
final class SocksEntrance implements LocalListener.Reception {
    /** From being accepted to the end of the request. */
    static final Duration LONGEST = Duration.ofSeconds(10);

    private final ForwardStats stats;
    private final Switchboard switchboard;
    private final LoopContext context;
    private final Set<Arrival> arrivals = new HashSet<>();
    private @Nullable String closed;

    SocksEntrance(ForwardStats stats, Switchboard switchboard, LoopContext context) {
        this.stats = stats;
        this.switchboard = switchboard;
        this.context = context;
    }

    @Override
    public void receive(SocketChannel client) throws IOException {
        Sockets.prepare(client);
        Arrival arrival = new Arrival(client);
        arrivals.add(arrival);
        if (closed != null) {
            // It was accepted just before.
            arrival.end(ConnectionOutcome.TUNNEL_DOWN, closed);
        }
    }

    @Override
    public void close(String why) {
        closed = why;
        new ArrayList<>(arrivals).forEach(arrival -> arrival.end(ConnectionOutcome.TUNNEL_DOWN, why));
    }

    private final class Arrival implements EventLoop.Handler {
        private final SocketChannel client;
        private final SocksDialogue dialogue = new SocksDialogue();
        private final SelectionKey key;
        private final Scheduler.Timer timer;

        Arrival(SocketChannel client) throws IOException {
            this.client = client;
            key = context.loop().register(client, SelectionKey.OP_READ, this);
            timer = context.scheduler().schedule(LONGEST, () -> context.loop().execute(this::late));
        }

        @Override
        public void ready(int operations) throws IOException {
            int read = client.read(dialogue.room());
            if (read < 0) {
                end(ConnectionOutcome.CLIENT_LEFT, "the client hung up before it had asked for a target");
                return;
            }
            Step step = dialogue.next();
            while (step instanceof Step.Say say) {
                client.write(say.answer());
                step = dialogue.next();
            }
            if (step instanceof Step.Connect wanted) {
                key.interestOps(0);
                context.loop().executeInTurn(() -> connect(wanted));
            } else if (step instanceof Step.Refuse refusal) {
                turnAway(refusal);
            }
        }

        private void connect(Step.Connect wanted) {
            if (!leave()) {
                return;
            }
            try {
                switchboard.called(new SocksConnection(client, wanted, stats, switchboard, context));
            } catch (IOException | RuntimeException gone) {
                lost(ConnectionOutcome.CLIENT_LEFT, "the client broke off: " + gone.getMessage());
                Sockets.reset(client);
            }
        }

        private void turnAway(Step.Refuse refusal) {
            if (leave()) {
                lost(ConnectionOutcome.CLIENT_REFUSED, refusal.why());
                if (refusal.answer().hasRemaining()) {
                    context.lingering().addAfter(refusal.answer(), key, client);
                } else {
                    Sockets.reset(client);
                }
            }
        }

        private void late() {
            end(
                    ConnectionOutcome.CLIENT_REFUSED,
                    "the client did not ask for a target within " + Durations.text(LONGEST));
        }

        @Override
        public void failed(Exception why) {
            end(ConnectionOutcome.CLIENT_LEFT, "the client broke off: " + why.getMessage());
        }

        void end(ConnectionOutcome outcome, String detail) {
            if (leave()) {
                lost(outcome, detail);
                Sockets.reset(client);
            }
        }

        private boolean leave() {
            timer.cancel();
            return arrivals.remove(this);
        }

        private void lost(ConnectionOutcome outcome, String detail) {
            stats.accepted();
            context.outcomes().ended(stats, false, outcome, detail);
        }
    }
}
