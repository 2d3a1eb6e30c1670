package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.time.Scheduler;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts, and does nothing else. When the system will not accept (out of file descriptors, mostly), it pauses: the
 * socket stays ready, so going on at once would spin. Loop only.
 */
final class LocalListener implements EventLoop.Handler {
    static final Duration PAUSE = Duration.ofMillis(100);

    private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
    private static final int ACCEPTS_PER_TURN = 64;

    /** The system's part, so that tests can let it fail. */
    @FunctionalInterface
    interface Acceptor {
        /** The next client; null when none waits. */
        @Nullable
        SocketChannel accept() throws IOException;
    }

    /** What becomes of a client. On the loop. */
    @FunctionalInterface
    interface Reception {
        void receive(SocketChannel client) throws IOException;

        /** Nobody comes any more; who is still being received is to leave. */
        default void close(String why) {}
    }

    private final BoundListener bound;
    private final Acceptor acceptor;
    private final Reception reception;
    private final LoopContext context;
    private final QuietTime quiet;
    private final SelectionKey key;

    private Scheduler.@Nullable Timer pause;

    LocalListener(BoundListener bound, Acceptor acceptor, Reception reception, LoopContext context) throws IOException {
        this.bound = bound;
        this.acceptor = acceptor;
        this.reception = reception;
        this.context = context;
        quiet = new QuietTime(context.scheduler());
        key = context.loop().register(bound.server(), SelectionKey.OP_ACCEPT, this);
    }

    @Override
    public void ready(int operations) {
        for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
            SocketChannel client;
            try {
                client = acceptor.accept();
            } catch (IOException failed) {
                failed(failed);
                return;
            }
            if (client == null) {
                return;
            }
            // Behind what was told before the client came: one that comes after linkUp() must find that link.
            context.loop().executeInTurn(() -> adopt(client));
        }
    }

    private void adopt(SocketChannel client) {
        try {
            reception.receive(client);
        } catch (IOException | RuntimeException gone) {
            // It may have left between the two calls.
            LOG.debug("{}: {}: lost a new connection", context.tunnel(), bound, gone);
            Sockets.reset(client);
        }
    }

    @Override
    public void failed(Exception why) {
        LOG.atLevel(quiet.level())
                .log(
                        "{}: {} can't accept, trying again in {} ms: {}",
                        context.tunnel(),
                        bound,
                        PAUSE.toMillis(),
                        why.toString());
        key.interestOps(0);
        pause = context.scheduler().schedule(PAUSE, () -> context.loop().execute(this::resume));
    }

    private void resume() {
        pause = null;
        if (key.isValid()) {
            key.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    /** Stops listening for good; idempotent. */
    void close(String why) {
        if (pause != null) {
            pause.cancel();
        }
        bound.close();
        reception.close(why);
    }
}
