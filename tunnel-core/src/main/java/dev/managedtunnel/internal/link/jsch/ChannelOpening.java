package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelDirectStreamLocal;
import com.jcraft.jsch.ChannelDirectTCPIP;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.ChannelException.Kind;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One channel being opened. JSch's {@code connect} blocks a worker, and when its time-out is over JSch forgets the
 * channel, so that one confirmed later would stay open on the gateway for good. So the deadline is ours, and JSch waits
 * for longer, to close what comes late.
 */
final class ChannelOpening {
    /** How many deadlines JSch waits: a gateway's TCP connect to a dead target takes it 127 s to give up. */
    private static final int PATIENCE = 5;

    private static final int PROHIBITED = 1;
    private static final int CONNECT_FAILED = 2;
    private static final int UNKNOWN_TYPE = 3;
    private static final int RESOURCE_SHORTAGE = 4;

    private static final Logger LOG = LoggerFactory.getLogger(ChannelOpening.class);

    private final JschLink link;
    private final Endpoint target;
    private final ChannelSink sink;
    private final CompletableFuture<LinkChannel> result = new CompletableFuture<>();

    ChannelOpening(JschLink link, Endpoint target, ChannelSink sink) {
        this.link = link;
        this.target = target;
        this.sink = sink;
    }

    CompletableFuture<LinkChannel> result() {
        return result;
    }

    /** Blocks until the gateway has answered, the session is down or patience is at its end. Always settles the result. */
    void run() {
        try {
            open();
        } catch (RuntimeException | Error bug) {
            LOG.error("opening a channel to {} failed", target, bug);
            fail(Kind.REFUSED, gatewayDidNot("reach", " (internal error: " + bug + ")"));
        }
    }

    private void open() {
        if (result.isDone()) {
            return;
        }
        if (link.isDown()) {
            fail(Kind.LINK_DOWN, "the session is down");
            return;
        }
        Channel raw;
        JschChannel channel;
        Downstream streams;
        try {
            raw = create(link.session());
            channel = new JschChannel(raw, link.window(), link.lane(), sink, link::forget);
            streams = new Downstream(raw, channel);
            streams.attach();
            link.window().announce(raw);
        } catch (JSchException | IOException e) {
            fail(Kind.LINK_DOWN, "the session is down");
            return;
        }
        Duration deadline = link.channelDeadline();
        Timer timer = link.scheduler().schedule(deadline, () -> timeOut(channel, deadline));
        CompletionStage<LinkChannel> end = result;
        end.whenComplete((opened, failure) -> {
            timer.cancel();
            if (failure != null) {
                channel.abandon();
            }
        });
        link.opening(raw, channel);
        streams.opening(true);
        boolean answered = true;
        try {
            raw.connect((int) deadline.multipliedBy(PATIENCE).toMillis());
        } catch (JSchException e) {
            answered = raw.isClosed();
        } finally {
            streams.opening(false);
            link.opened(raw);
        }
        settle(raw, channel, answered);
    }

    private Channel create(Session session) throws JSchException {
        if (target instanceof Endpoint.UnixSocket socket) {
            ChannelDirectStreamLocal channel =
                    (ChannelDirectStreamLocal) openChannel(session, "direct-streamlocal@openssh.com");
            channel.setSocketPath(socket.path());
            return channel;
        }
        Endpoint.Tcp tcp = (Endpoint.Tcp) target;
        ChannelDirectTCPIP channel = (ChannelDirectTCPIP) openChannel(session, "direct-tcpip");
        channel.setHost(tcp.host());
        channel.setPort(tcp.port());
        return channel;
    }

    /** JSch returns null for a session that has begun to disconnect. */
    private static Channel openChannel(Session session, String type) throws JSchException {
        @Nullable Channel channel = session.openChannel(type);
        if (channel == null) {
            throw new JSchException("session is down");
        }
        return channel;
    }

    private void timeOut(JschChannel channel, Duration deadline) {
        // On a worker, since what depends on the result may block.
        link.workers().execute(() -> {
            if (channel.abandon()) {
                fail(Kind.TIMED_OUT, gatewayDidNot("answer the request for", " within " + Durations.text(deadline)));
            }
        });
    }

    /**
     * JSch's own verdict says nothing: always the same text, and none at all when the request could not be sent.
     *
     * @param answered whether JSch returned other than by its time-out
     */
    private void settle(Channel raw, JschChannel channel, boolean answered) {
        if (link.window().confirmed(raw)) {
            if (!channel.confirm() || !result.complete(channel)) {
                channel.close();
            }
            return;
        }
        if (!channel.abandon()) {
            // The target has sent something, and then the session broke: it must not be tried again elsewhere.
            channel.end();
            result.complete(channel);
            return;
        }
        link.forget(channel);
        int code = raw.getExitStatus();
        // Any answer is one, also the code 0 that some servers give for a name they can't resolve.
        if (raw.isClosed() && code >= 0) {
            fail(Kind.REFUSED, refusal(code));
        } else if (answered || link.isDown()) {
            fail(Kind.LINK_DOWN, "the session ended before the gateway answered");
        } else {
            fail(Kind.TIMED_OUT, gatewayDidNot("answer the request for", ""));
        }
    }

    private String refusal(int code) {
        return switch (code) {
            case PROHIBITED ->
                gatewayDidNot(
                        "allow", " (ADMINISTRATIVELY_PROHIBITED: see the server's AllowTcpForwarding and PermitOpen)");
            case CONNECT_FAILED -> gatewayDidNot("reach", " (CONNECT_FAILED)");
            case UNKNOWN_TYPE -> gatewayDidNot("know this kind of forward to", " (UNKNOWN_CHANNEL_TYPE)");
            case RESOURCE_SHORTAGE -> gatewayDidNot("have the means to reach", " (RESOURCE_SHORTAGE)");
            default -> gatewayDidNot("reach", " (code " + code + ")");
        };
    }

    private String gatewayDidNot(String what, String why) {
        return "gateway " + link.gateway() + " did not " + what + " " + target + why;
    }

    private void fail(Kind kind, String text) {
        result.completeExceptionally(new ChannelException(kind, text));
    }
}
