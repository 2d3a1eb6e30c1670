package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.internal.forward.ConnectionState.Relaying;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of this process. Its client is threads of the application, which move the bytes themselves ({@link
 * InProcessClient}); so all there is to do here is to learn how it ends. Loop only, but for {@link #begin}, {@link #changed}
 * and {@link #leave}.
 */
final class InProcessConnection extends Caller<InProcessSink> {
    private static final Logger LOG = LoggerFactory.getLogger(InProcessConnection.class);

    private final Switchboard switchboard;
    private final InProcessClient client;

    /** @param label whose connection it is, for the texts of errors */
    InProcessConnection(String label, ForwardStats stats, Route route, Switchboard switchboard, LoopContext context) {
        super(stats, route, switchboard, context);
        this.switchboard = switchboard;
        client = new InProcessClient(this, label, context.scheduler(), stats.bytesOut);
    }

    /** Has it placed. Any thread; returns at once. */
    InProcessClient begin() {
        if (!post(() -> switchboard.called(this))) {
            client.ended("the tunnel is closed");
        }
        return client;
    }

    /** Has that session, and no other, open it. Any thread; returns at once. */
    InProcessClient beginBy(Link link) {
        boolean posted = post(() -> {
            stats.accepted();
            switchboard.offered(this, link);
        });
        if (!posted) {
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
        post(() -> refuse(isEstablished() ? ConnectionOutcome.SERVED : ConnectionOutcome.CLIENT_LEFT, detail));
    }

    @Override
    void open(Link link) {
        client.awaits("the gateway's answer about " + route);
        super.open(link);
    }

    @Override
    InProcessSink attempt() {
        return new InProcessSink(client, stats.bytesIn, context.mostQueued(), this::changed);
    }

    @Override
    void established(LinkChannel channel, InProcessSink sink) {
        client.opened(channel);
    }

    @Override
    void waitsAgain() {
        client.awaits(InProcessClient.A_SESSION);
    }

    @Override
    void advance() {
        if (!(state() instanceof Relaying<InProcessSink> relaying)) {
            return;
        }
        InProcessSink sink = relaying.sink();
        if (endsBroken(sink, "an application")) {
            return;
        }
        if (sink.hasTargetEnded() && client.outbox().hasToldEnd()) {
            refuse(ConnectionOutcome.SERVED, "both sides have finished");
        } else if (sink.hasTargetEnded() && sink.isClosed()) {
            refuse(ConnectionOutcome.SERVED, "the target has ended");
        }
    }

    @Override
    void failed(Exception why) {
        LOG.warn("{}: forward {}: a connection failed", context.tunnel(), forward(), why);
        refuse(isEstablished() ? ConnectionOutcome.BROKEN : ConnectionOutcome.TUNNEL_DOWN, why.toString());
    }

    @Override
    void refuse(ConnectionOutcome outcome, String detail) {
        end(outcome, detail, () -> client.ended(outcome == ConnectionOutcome.SERVED ? null : detail));
    }
}
