package dev.managedtunnel.internal.forward;

import dev.managedtunnel.internal.time.Scheduler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;

/**
 * Clients that have been sent everything, by a target that is gone, while they may still be sending. To close such a
 * socket at once would lose the response: the system answers unread or late bytes with a RST, and with it drops what the
 * client has not fetched yet. So what they send is thrown away until they end, for a bounded time (as web servers do).
 * Loop only.
 */
final class LingeringSockets {
    static final Duration LONGEST = Duration.ofSeconds(5);

    private static final int READS_PER_TURN = 16;

    private final EventLoop loop;
    private final Scheduler scheduler;
    private final Set<Lingering> all = new HashSet<>();

    LingeringSockets(EventLoop loop, Scheduler scheduler) {
        this.loop = loop;
        this.scheduler = scheduler;
    }

    /** Takes over a socket whose output has been shut down. */
    void add(SelectionKey key, SocketChannel client) {
        Lingering lingering = new Lingering(client);
        all.add(lingering);
        lingering.timer = scheduler.schedule(LONGEST, () -> loop.execute(lingering::end));
        key.attach(lingering);
        key.interestOps(SelectionKey.OP_READ);
    }

    /** Does that with one who is told one last thing; it must fit into the socket, as anything short does that comes early. */
    void addAfter(ByteBuffer lastWords, SelectionKey key, SocketChannel client) {
        try {
            client.write(lastWords);
            client.shutdownOutput();
            add(key, client);
        } catch (IOException gone) {
            Sockets.reset(client);
        }
    }

    void closeAll() {
        new ArrayList<>(all).forEach(Lingering::end);
    }

    private final class Lingering implements EventLoop.Handler {
        private final SocketChannel client;
        private Scheduler.Timer timer = () -> {};

        Lingering(SocketChannel client) {
            this.client = client;
        }

        @Override
        public void ready(int operations) throws IOException {
            for (int i = 0; i < READS_PER_TURN; i++) {
                int read = client.read(ByteBuffer.wrap(loop.scratch()));
                if (read < 0) {
                    end();
                }
                if (read <= 0) {
                    return;
                }
            }
        }

        @Override
        public void failed(Exception why) {
            end();
        }

        void end() {
            if (all.remove(this)) {
                timer.cancel();
                Sockets.close(client);
            }
        }
    }
}
