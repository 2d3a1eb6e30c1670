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
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One channel being opened. It outlives its deadline: a channel that is confirmed late must be closed, or it stays open
 * on the gateway for good.
 */
final class ChannelOpening {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelOpening.class);

    private static final int PROHIBITED = 1;
    private static final int CONNECT_FAILED = 2;
    private static final int UNKNOWN_TYPE = 3;
    private static final int RESOURCE_SHORTAGE = 4;

    private final JschLink link;
    private final Endpoint target;
    private final Channel raw;
    private final JschChannel channel;
    private final CompletableFuture<LinkChannel> result = new CompletableFuture<>();
    private final Downstream streams;
    private final AtomicBoolean settled = new AtomicBoolean();
    private final long askedNanos;

    private ChannelOpening(JschLink link, Endpoint target, ChannelSink sink) throws JSchException {
        this.link = link;
        this.target = target;
        raw = create(link.session());
        channel = link.channel(raw, sink);
        streams = new Downstream(raw, channel);
        askedNanos = link.scheduler().nanoTime();
    }

    /** Asks for a channel, and returns what {@link dev.managedtunnel.internal.link.Link#open} does. */
    static CompletableFuture<LinkChannel> begin(JschLink link, Endpoint target, ChannelSink sink) {
        ChannelOpening opening;
        try {
            opening = new ChannelOpening(link, target, sink);
        } catch (JSchException down) {
            return CompletableFuture.failedFuture(new ChannelException(Kind.LINK_DOWN, "the session is down"));
        }
        return opening.ask();
    }

    private CompletableFuture<LinkChannel> ask() {
        streams.attach();
        Duration deadline = link.channelDeadline();
        Timer timer = link.scheduler().schedule(deadline, () -> timeOut(deadline));
        CompletionStage<LinkChannel> end = result;
        end.whenComplete((opened, failure) -> {
            timer.cancel();
            if (failure != null) {
                channel.abandon();
            }
        });
        link.sender().open(this, raw);
        if (link.isDown()) {
            // Perhaps too late to be told.
            answered();
        }
        return result;
    }

    private Channel create(Session session) throws JSchException {
        if (target instanceof Endpoint.UnixSocket socket) {
            ChannelDirectStreamLocal made =
                    (ChannelDirectStreamLocal) openChannel(session, "direct-streamlocal@openssh.com");
            made.setSocketPath(socket.path());
            return made;
        }
        Endpoint.Tcp tcp = (Endpoint.Tcp) target;
        ChannelDirectTCPIP made = (ChannelDirectTCPIP) openChannel(session, "direct-tcpip");
        made.setHost(tcp.host());
        made.setPort(tcp.port());
        return made;
    }

    /** JSch returns null for a session that has begun to disconnect. */
    private static Channel openChannel(Session session, String type) throws JSchException {
        @Nullable Channel channel = session.openChannel(type);
        if (channel == null) {
            throw new JSchException("session is down");
        }
        return channel;
    }

    private void timeOut(Duration deadline) {
        if (channel.abandon()) {
            fail(Kind.TIMED_OUT, gatewayDidNot("answer the request for", " within " + Durations.text(deadline)));
        }
    }

    /** JSch's own way: blocks until there is an answer. */
    void connect(Duration patience) {
        streams.opening(true);
        try {
            raw.connect((int) patience.toMillis());
        } catch (JSchException e) {
            LOG.trace("why is found in the channel's state", e);
        } finally {
            streams.opening(false);
        }
        answered();
    }

    /** There is an answer, or the session is down, or JSch's patience is at its end. Idempotent. */
    void answered() {
        if (!settled.compareAndSet(false, true)) {
            return;
        }
        if (link.sender().confirmed(raw)) {
            link.roundTrip(askedNanos);
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
        boolean refused = raw.isClosed() && code >= 0;
        boolean timedOut = !refused && !link.isDown();
        // JSch still knows it.
        raw.disconnect();
        if (refused) {
            // Any answer is one, also the code 0 that some servers give for a name they can't resolve.
            fail(code == PROHIBITED ? Kind.PROHIBITED : Kind.REFUSED, refusal(code));
        } else if (timedOut) {
            fail(Kind.TIMED_OUT, gatewayDidNot("answer the request for", ""));
        } else {
            fail(Kind.LINK_DOWN, "the session ended before the gateway answered");
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
        return link.peer() + " did not " + what + " " + target + why;
    }

    private void fail(Kind kind, String text) {
        result.completeExceptionally(new ChannelException(kind, text));
    }
}
