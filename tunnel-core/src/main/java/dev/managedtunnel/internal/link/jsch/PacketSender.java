package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Buffer;
import com.jcraft.jsch.Channel;
import com.jcraft.jsch.Session;
import java.io.IOException;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the session's packets itself, so that nothing ever blocks. What holds:
 * <ul>
 *   <li><b>Nothing is written during a key exchange</b>: that is looked at under JSch's own lock, which JSch holds for
 *       each packet, its first of a key exchange included.
 *   <li><b>Nothing is written for a channel after its close</b>: its number may belong to another by then. So a channel's
 *       packets are written under its monitor, as JSch does with its close. The order of locks is channel, session, wire.
 *   <li><b>The socket is never waited for.</b> What it does not take is kept by the wire; until that is drained data is
 *       refused, and the small packets of control are not.
 *   <li><b>Who was refused hears of it</b>, from {@link #turn}, which the session's reader calls before each of its reads.
 *       It must look there because JSch tells nobody when a window, an answer or the end of a key exchange came; it can
 *       be enough because each of these came with bytes that the reader has read.
 * </ul>
 */
final class PacketSender implements Sender {
    private static final Logger LOG = LoggerFactory.getLogger(PacketSender.class);

    private static final int WINDOW_ADJUST = 93;
    private static final int DATA = 94;
    private static final int EOF = 96;
    private static final int CLOSE = 97;
    /** Before the first byte of a message: its length, and that of its padding. */
    private static final int HEADER = 5;
    /** For padding, MAC and a deflater, generously. */
    private static final int MARGIN = 256;

    private final JschInternals jsch;
    private final Session session;
    private final Object lock;
    private final Wire wire;
    private final int largest;

    /** Reused, since each packet is copied or gone when a write returns. Guarded by the session's lock. */
    private final Buffer buffer = new Buffer(new byte[HEADER + 9 + PACKET + MARGIN]);

    private final Object packet;
    private final GlobalRequests requests;

    private final Map<Channel, ChannelOpening> unanswered = new ConcurrentHashMap<>();
    private final Map<JschChannel, Channel> refused = new ConcurrentHashMap<>();
    /** Control packets that came during a key exchange; each tells whether it is done. */
    private final Queue<BooleanSupplier> deferred = new ConcurrentLinkedQueue<>();

    PacketSender(JschInternals jsch, Session session, Wire wire) {
        this.jsch = jsch;
        this.session = session;
        this.wire = wire;
        // So that each of this session's packets fits into one of the session that carries it.
        largest = PACKET - wire.depth() * MARGIN;
        lock = jsch.lock(session);
        packet = jsch.packet(buffer);
        requests = new GlobalRequests(this, jsch, session);
    }

    @Override
    public void open(ChannelOpening opening, Channel raw) {
        jsch.announce(raw, ChannelWindow.INITIAL, PACKET);
        unanswered.put(raw, opening);
        control(() -> unlessInKex(() -> jsch.write(session, jsch.openPacket(raw))));
    }

    @Override
    public boolean confirmed(Channel raw) {
        return jsch.confirmed(raw);
    }

    @Override
    public void received(Channel raw) {
        jsch.received(raw);
    }

    @Override
    public int data(Channel raw, byte[] bytes, int offset, int length, JschChannel waiter) throws IOException {
        int taken = send(raw, bytes, offset, length);
        if (taken < length) {
            refused.put(waiter, raw);
            // What was missing may have come before it could be told.
            if (hasRoom(raw)) {
                wire.wakeReader();
            }
        }
        return taken;
    }

    private int send(Channel raw, byte[] bytes, int offset, int length) throws IOException {
        int taken = 0;
        synchronized (raw) {
            int most = Math.min(largest, jsch.remotePacketSize(raw));
            while (taken < length) {
                if (raw.isClosed()) {
                    throw new IOException("the channel is closed");
                }
                int size = (int) Math.min(Math.min(most, length - taken), jsch.remoteWindow(raw));
                if (size <= 0) {
                    break;
                }
                synchronized (lock) {
                    if (jsch.inKex(session) || wire.isCongested()) {
                        break;
                    }
                    begin(DATA, raw);
                    buffer.putInt(size);
                    buffer.putByte(bytes, offset + taken, size);
                    jsch.takeRemoteWindow(raw, size);
                    jsch.write(session, packet);
                }
                taken += size;
            }
        }
        return taken;
    }

    private boolean hasRoom(Channel raw) {
        return raw.isClosed() || (jsch.remoteWindow(raw) > 0 && !wire.isCongested() && !jsch.inKex(session));
    }

    @Override
    public void eof(Channel raw) {
        control(() -> control(raw, EOF, -1));
    }

    @Override
    public void credit(Channel raw, int bytes) {
        control(() -> control(raw, WINDOW_ADJUST, bytes));
    }

    @Override
    public void close(Channel raw, JschChannel channel) {
        control(() -> {
            if (!control(raw, CLOSE, -1)) {
                return false;
            }
            // Nothing is left to send for it here, since it is marked.
            raw.disconnect();
            channel.end();
            return true;
        });
    }

    /** Sends one of a channel's small packets, unless the channel is closed; false when that must wait. */
    private boolean control(Channel raw, int message, int number) {
        synchronized (raw) {
            return send(into -> {
                if (message == CLOSE ? !jsch.markClosed(raw) : raw.isClosed()) {
                    return false;
                }
                into.putByte((byte) message);
                into.putInt(jsch.recipient(raw));
                if (number >= 0) {
                    into.putInt(number);
                }
                return true;
            });
        }
    }

    @Override
    public void ping(Runnable answered) {
        requests.ping(answered);
    }

    /** What belongs to no channel. */
    GlobalRequests requests() {
        return requests;
    }

    /** A message to be written. */
    @FunctionalInterface
    interface Message {
        /** Puts it; false when nothing is to be sent after all. Under the session's lock. */
        boolean put(Buffer buffer);
    }

    /** Sends a message; false, and nothing is done, while keys are being exchanged. */
    boolean send(Message message) {
        return unlessInKex(() -> {
            jsch.rewind(buffer, HEADER);
            if (message.put(buffer)) {
                jsch.write(session, packet);
            }
        });
    }

    private interface Write {
        void run() throws IOException;
    }

    /** Writes under the session's lock; false, and nothing is done, while keys are being exchanged. */
    private boolean unlessInKex(Write write) {
        synchronized (lock) {
            if (jsch.inKex(session)) {
                return false;
            }
            try {
                write.run();
            } catch (IOException e) {
                LOG.trace("not sent, the session ends", e);
            }
            return true;
        }
    }

    private void begin(int message, Channel raw) {
        jsch.rewind(buffer, HEADER);
        buffer.putByte((byte) message);
        buffer.putInt(jsch.recipient(raw));
    }

    /** Sends now, or as soon as what is given says that it was done; in the order in which it is given. */
    void control(BooleanSupplier send) {
        if (!deferred.isEmpty() || !send.getAsBoolean()) {
            deferred.add(send);
            // The end of the key exchange may have passed in between.
            wire.wakeReader();
        }
    }

    @Override
    public void turn() {
        if (!deferred.isEmpty()) {
            sendDeferred();
        }
        if (!unanswered.isEmpty()) {
            unanswered.forEach((raw, opening) -> {
                if (jsch.answered(raw) && unanswered.remove(raw, opening)) {
                    opening.answered();
                }
            });
        }
        if (!refused.isEmpty()) {
            refused.forEach((waiter, raw) -> {
                if (hasRoom(raw) && refused.remove(waiter, raw)) {
                    waiter.writable();
                }
            });
        }
    }

    private void sendDeferred() {
        BooleanSupplier next = deferred.peek();
        while (next != null && next.getAsBoolean()) {
            deferred.poll();
            next = deferred.peek();
        }
    }

    @Override
    public boolean holdsBack() {
        return true;
    }

    @Override
    public void forget(Channel raw, JschChannel waiter) {
        refused.remove(waiter);
    }

    @Override
    public void end() {
        deferred.clear();
        refused.clear();
        unanswered.values().forEach(ChannelOpening::answered);
        unanswered.clear();
        requests.end();
    }
}
