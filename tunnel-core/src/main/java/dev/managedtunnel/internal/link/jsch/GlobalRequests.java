package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Buffer;
import com.jcraft.jsch.Session;
import dev.managedtunnel.internal.link.ChannelException;
import dev.managedtunnel.internal.link.ChannelException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A session's requests that belong to no channel, and who waits for which answer: a server answers in the order in which
 * it was asked. JSch has one slot for all answers, and would take that to a keep-alive for any. Thread-safe.
 */
final class GlobalRequests {
    private static final int GLOBAL_REQUEST = 80;
    /** What JSch asks too: no server knows it, so all answer. */
    private static final String KEEP_ALIVE = "keepalive@jcraft.com";

    private final PacketSender sender;
    private final Queue<CompletableFuture<Integer>> asked = new ConcurrentLinkedQueue<>();

    GlobalRequests(PacketSender sender, JschInternals jsch, Session session) {
        this.sender = sender;
        jsch.onReply(session, this::replied);
    }

    /** Asks for a sign of life. During a key exchange none is needed: its packets are answers too. */
    void ping(Runnable answered) {
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        var unused = answer.whenComplete((port, refused) -> {
            if (!lost(refused)) {
                answered.run();
            }
        });
        var unusedToo = sender.send(buffer -> {
            asked.add(answer);
            begin(buffer, KEEP_ALIVE);
            return true;
        });
    }

    /** Asks the gateway to listen; its answer may hold the port that it has chosen. */
    void listen(String address, int port, CompletableFuture<Integer> answer) {
        sender.control(() -> sender.send(buffer -> {
            asked.add(answer);
            begin(buffer, "tcpip-forward");
            return putPlace(buffer, address, port);
        }));
    }

    /** Asks the gateway to stop that. */
    void unlisten(String address, int port, CompletableFuture<Integer> answer) {
        sender.control(() -> sender.send(buffer -> {
            asked.add(answer);
            begin(buffer, "cancel-tcpip-forward");
            return putPlace(buffer, address, port);
        }));
    }

    private static void begin(Buffer buffer, String name) {
        buffer.putByte((byte) GLOBAL_REQUEST);
        buffer.putString(name.getBytes(StandardCharsets.US_ASCII));
        // An answer is wanted.
        buffer.putByte((byte) 1);
    }

    private static boolean putPlace(Buffer buffer, String address, int port) {
        buffer.putString(address.getBytes(StandardCharsets.UTF_8));
        buffer.putInt(port);
        return true;
    }

    /** On the reader thread. */
    private void replied(boolean success, int port) {
        CompletableFuture<Integer> first = asked.poll();
        if (first != null && success) {
            first.complete(port);
        } else if (first != null) {
            first.completeExceptionally(new ChannelException(Kind.REFUSED, "the gateway refused"));
        }
    }

    private static boolean lost(@Nullable Throwable why) {
        return why instanceof ChannelException known && known.kind() == Kind.LINK_DOWN;
    }

    /** The session is down. */
    void end() {
        CompletableFuture<Integer> next = asked.poll();
        while (next != null) {
            next.completeExceptionally(new ChannelException(Kind.LINK_DOWN, "the session has ended"));
            next = asked.poll();
        }
    }
}
