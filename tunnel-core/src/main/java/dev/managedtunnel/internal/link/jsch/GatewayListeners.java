package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.ChannelForwardedTCPIP;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.ChannelException.Kind;
import dev.managedtunnel.internal.link.ChannelSink;
import dev.managedtunnel.internal.link.LinkChannel;
import dev.managedtunnel.internal.link.Offer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Where the gateway listens for us, and what comes in there. JSch would relay such connections itself, on a thread each;
 * here it only takes them in. Thread-safe.
 */
final class GatewayListeners {
    private static final int OPEN_CONFIRMATION = 91;
    private static final int OPEN_FAILURE = 92;
    private static final int CONNECT_FAILED = 2;
    private static final byte[] NO_LANGUAGE = new byte[0];

    private final JschLink link;
    private final JschInternals jsch;
    private final PacketSender sender;

    /** By address and port. */
    private final Map<String, Consumer<Offer>> offers = new ConcurrentHashMap<>();
    /** What JSch lets in; it does not forget without asking the gateway once more. */
    private final Set<String> registered = ConcurrentHashMap.newKeySet();

    GatewayListeners(JschLink link, JschInternals jsch, PacketSender sender) {
        this.link = link;
        this.jsch = jsch;
        this.sender = sender;
    }

    CompletableFuture<Integer> listen(String address, int port, Consumer<Offer> taker) {
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        // Before the reader reads on: the first connection may follow the answer.
        CompletableFuture<Integer> listening = answer.thenApply(chosen -> {
            int real = port == 0 ? chosen : port;
            register(address, real, taker);
            return real;
        });
        sender.requests().listen(address, port, answer);
        failIfDown(answer);
        return listening;
    }

    private void register(String address, int port, Consumer<Offer> taker) {
        String key = key(address, port);
        offers.put(key, taker);
        if (registered.add(key)) {
            try {
                jsch.register(link.session(), address, port, key);
            } catch (JSchException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    CompletableFuture<?> unlisten(String address, int port) {
        offers.remove(key(address, port));
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        sender.requests().unlisten(address, port, answer);
        failIfDown(answer);
        return answer.handle((none, refused) -> "answered");
    }

    private void failIfDown(CompletableFuture<Integer> answer) {
        if (link.isDown()) {
            answer.completeExceptionally(new ChannelException(Kind.LINK_DOWN, "the session has ended"));
        }
    }

    private static String key(String address, int port) {
        return address + ' ' + port;
    }

    /** JSch has made a channel for a connection at the gateway, and wants a thread for it. On the reader thread. */
    void offered() {
        Session session = link.session();
        ChannelForwardedTCPIP raw = jsch.lastOffered(session);
        if (raw == null) {
            return;
        }
        String listener = jsch.listener(raw);
        Consumer<Offer> taker = listener == null ? null : offers.get(listener);
        Taken offer = new Taken(raw);
        if (taker == null) {
            offer.refuse("nothing is forwarded from there");
        } else {
            taker.accept(offer);
        }
    }

    private void confirm(ChannelForwardedTCPIP raw) {
        jsch.announce(raw, ChannelWindow.INITIAL, Sender.PACKET);
        sender.control(() -> sender.send(buffer -> {
            buffer.putByte((byte) OPEN_CONFIRMATION);
            buffer.putInt(jsch.recipient(raw));
            buffer.putInt(raw.getId());
            buffer.putInt(ChannelWindow.INITIAL);
            buffer.putInt(Sender.PACKET);
            return true;
        }));
    }

    private void turnAway(ChannelForwardedTCPIP raw, String why) {
        sender.control(() -> {
            boolean sent;
            synchronized (raw) {
                sent = sender.send(buffer -> {
                    buffer.putByte((byte) OPEN_FAILURE);
                    buffer.putInt(jsch.recipient(raw));
                    buffer.putInt(CONNECT_FAILED);
                    buffer.putString(why.getBytes(StandardCharsets.UTF_8));
                    buffer.putString(NO_LANGUAGE);
                    return jsch.markClosed(raw);
                });
            }
            if (sent) {
                // Nothing is left to send for it, since it is marked.
                raw.disconnect();
            }
            return sent;
        });
    }

    /** A channel that the gateway has asked for, until it gets its answer. */
    private final class Taken implements Offer {
        private final ChannelForwardedTCPIP raw;
        private final AtomicBoolean answered = new AtomicBoolean();

        Taken(ChannelForwardedTCPIP raw) {
            this.raw = raw;
        }

        @Override
        public CompletableFuture<LinkChannel> accept(ChannelSink sink) {
            if (!answered.compareAndSet(false, true) || link.isDown()) {
                return CompletableFuture.failedFuture(
                        new ChannelException(Kind.LINK_DOWN, "the session ended before the connection was taken"));
            }
            JschChannel channel = link.channel(raw, sink);
            new Downstream(raw, channel).attach();
            confirm(raw);
            channel.confirm();
            if (link.isDown()) {
                // Perhaps too late to be told.
                channel.end();
            }
            return CompletableFuture.completedFuture(channel);
        }

        @Override
        public void refuse(String why) {
            if (answered.compareAndSet(false, true)) {
                turnAway(raw, why);
            }
        }
    }

    /** For a session whose JSch can't be reached into. */
    static CompletableFuture<Integer> unable() {
        return CompletableFuture.failedFuture(new ChannelException(
                Kind.REFUSED,
                "remote forwards need access to JSch: add " + JschInternals.OPENS + " to the java command"));
    }
}
