package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Buffer;
import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelForwardedTCPIP;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SocketFactory;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one class that reaches into JSch, for what its public API can't do: hold credit back, send without blocking, and
 * hear of an answer without a thread that waits for it. What it relies on, checked when it is loaded:
 * <ul>
 *   <li>an open request announces {@code lwsize} and {@code lmpsize};
 *   <li>JSch's reader takes each packet's length off {@code lwsize} and refills the window when that is below half of
 *       {@code lwsize_max}. So with {@code lwsize_max} 0, and {@code lwsize} put back to a large value with each
 *       packet, it never does;
 *   <li>{@code rwsize}, changed under the channel's monitor, is what the server lets us send;
 *   <li>{@code _write} encrypts a packet and hands it to the socket's stream, under the session's {@code lock}, and waits
 *       for nothing else; {@code in_kex} is set before the first packet of a key exchange is written that way;
 *   <li>the answer to an open request sets {@code recipient}, before JSch's reader reads on;
 *   <li>the answer to a global request interrupts the thread in {@code grr}, which holds it then;
 *   <li>for a channel that the server opens JSch asks the session's thread factory for a thread, on its reader, right after
 *       it has put the channel into {@code channels} and has found its {@code config}.
 * </ul>
 * Immutable.
 */
final class JschInternals {
    /** The value of {@code recipient} while an open request has no answer. */
    private static final int NO_RECIPIENT = -1;

    private static final Logger LOG = LoggerFactory.getLogger(JschInternals.class);
    static final String OPENS = "--add-opens com.jcraft.jsch/com.jcraft.jsch=dev.managedtunnel.core";

    private final VarHandle window;
    private final VarHandle windowMax;
    private final VarHandle packetSize;
    private final VarHandle remoteWindow;
    private final VarHandle remotePacketSize;
    private final VarHandle recipient;
    private final VarHandle connected;
    private final VarHandle confirmed;
    private final VarHandle closed;
    private final VarHandle lock;
    private final VarHandle inKex;
    private final VarHandle index;
    private final VarHandle channels;
    private final VarHandle channelsLock;
    private final VarHandle config;
    private final VarHandle listener;
    private final VarHandle replies;
    private final VarHandle replyThread;
    private final VarHandle reply;
    private final VarHandle replyPort;
    private final MethodHandle register;
    private final MethodHandle openPacket;
    private final MethodHandle newPacket;
    private final MethodHandle write;

    private JschInternals() throws ReflectiveOperationException {
        MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(Channel.class, MethodHandles.lookup());
        MethodHandles.Lookup session = MethodHandles.privateLookupIn(Session.class, MethodHandles.lookup());
        Class<?> packet = lookup.findClass("com.jcraft.jsch.Packet");
        window = lookup.findVarHandle(Channel.class, "lwsize", int.class);
        windowMax = lookup.findVarHandle(Channel.class, "lwsize_max", int.class);
        packetSize = lookup.findVarHandle(Channel.class, "lmpsize", int.class);
        remoteWindow = lookup.findVarHandle(Channel.class, "rwsize", long.class);
        remotePacketSize = lookup.findVarHandle(Channel.class, "rmpsize", int.class);
        recipient = lookup.findVarHandle(Channel.class, "recipient", int.class);
        connected = lookup.findVarHandle(Channel.class, "connected", boolean.class);
        confirmed = lookup.findVarHandle(Channel.class, "open_confirmation", boolean.class);
        closed = lookup.findVarHandle(Channel.class, "close", boolean.class);
        lock = session.findVarHandle(Session.class, "lock", Object.class);
        inKex = session.findVarHandle(Session.class, "in_kex", boolean.class);
        channels = session.findVarHandle(Session.class, "channels", List.class);
        channelsLock = session.findVarHandle(Session.class, "channelsLock", ReadWriteLock.class);
        Class<?> itsConfig = lookup.findClass("com.jcraft.jsch.ChannelForwardedTCPIP$Config");
        MethodHandles.Lookup forwarded =
                MethodHandles.privateLookupIn(ChannelForwardedTCPIP.class, MethodHandles.lookup());
        config = forwarded.findVarHandle(ChannelForwardedTCPIP.class, "config", itsConfig);
        listener = forwarded.findVarHandle(itsConfig, "target", String.class);
        register = forwarded.findStatic(
                ChannelForwardedTCPIP.class,
                "addPort",
                MethodType.methodType(
                        void.class,
                        Session.class,
                        String.class,
                        int.class,
                        int.class,
                        String.class,
                        int.class,
                        SocketFactory.class));
        Class<?> slot = session.findClass("com.jcraft.jsch.Session$GlobalRequestReply");
        MethodHandles.Lookup inSlot = MethodHandles.privateLookupIn(slot, MethodHandles.lookup());
        replies = session.findVarHandle(Session.class, "grr", slot);
        replyThread = inSlot.findVarHandle(slot, "thread", Thread.class);
        reply = inSlot.findVarHandle(slot, "reply", int.class);
        replyPort = inSlot.findVarHandle(slot, "port", int.class);
        index = lookup.findVarHandle(Buffer.class, "index", int.class);
        openPacket = lookup.findVirtual(Channel.class, "genChannelOpenPacket", MethodType.methodType(packet))
                .asType(MethodType.methodType(Object.class, Channel.class));
        newPacket = lookup.findConstructor(packet, MethodType.methodType(void.class, Buffer.class))
                .asType(MethodType.methodType(Object.class, Buffer.class));
        write = session.findVirtual(Session.class, "_write", MethodType.methodType(void.class, packet))
                .asType(MethodType.methodType(void.class, Session.class, Object.class));
    }

    /** What is needed, or null where JSch can't be reached into; looked for once, and complained of once. */
    static @Nullable JschInternals find() {
        return Found.INTERNALS;
    }

    private static @Nullable JschInternals look() {
        try {
            return new JschInternals();
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.warn(
                    "JSch can't be reached into ({}): a slow consumer's data is queued instead of held back, long links "
                            + "are not filled, and each connection that is opened or sends takes a thread. Add {} to the "
                            + "java command, or use JSch 2.28.8",
                    e.getMessage(),
                    OPENS);
            return null;
        }
    }

    /** Prepares a channel that is about to be opened: our window, which JSch never refills. */
    void announce(Channel channel, int windowSize, int largestPacket) {
        window.setVolatile(channel, windowSize);
        windowMax.setVolatile(channel, 0);
        packetSize.setVolatile(channel, largestPacket);
        // JSch would set this when the open has succeeded, and until then ignores a close.
        connected.setVolatile(channel, true);
    }

    /** JSch's reader hands over a packet. On the reader thread, within JSch's call. */
    void received(Channel channel) {
        window.setVolatile(channel, Integer.MAX_VALUE);
    }

    /** Whether the gateway has confirmed or refused the channel. */
    boolean answered(Channel channel) {
        return recipient(channel) != NO_RECIPIENT;
    }

    /** Whether the gateway has confirmed the channel, also when it has closed it since. */
    boolean confirmed(Channel channel) {
        return (boolean) confirmed.getVolatile(channel);
    }

    int recipient(Channel channel) {
        return (int) recipient.getVolatile(channel);
    }

    /** What the server still takes. */
    long remoteWindow(Channel channel) {
        return (long) remoteWindow.getVolatile(channel);
    }

    /** Takes off what is about to be sent. Under the channel's monitor, as JSch does it. */
    void takeRemoteWindow(Channel channel, int bytes) {
        remoteWindow.setVolatile(channel, remoteWindow(channel) - bytes);
    }

    /** The most that the server takes in one packet. */
    int remotePacketSize(Channel channel) {
        return (int) remotePacketSize.getVolatile(channel);
    }

    /** Makes JSch believe that it has sent its close; false when it has, or one was received. Under the channel's monitor. */
    boolean markClosed(Channel channel) {
        return closed.compareAndSet(channel, false, true);
    }

    /** What JSch holds while it writes a packet. */
    Object lock(Session session) {
        return lock.getVolatile(session);
    }

    /** Whether keys are being exchanged, so that nothing else may be sent. */
    boolean inKex(Session session) {
        return (boolean) inKex.getVolatile(session);
    }

    /** Lets the next byte be put at this offset. */
    void rewind(Buffer buffer, int offset) {
        index.set(buffer, offset);
    }

    /** JSch's packet around a buffer. */
    Object packet(Buffer buffer) {
        try {
            return newPacket.invokeExact(buffer);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** JSch's own request to open the channel, as announced. */
    Object openPacket(Channel channel) throws IOException {
        try {
            return openPacket.invokeExact(channel);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    /** Encrypts and writes. Under {@link #lock}, outside of a key exchange. */
    void write(Session session, Object packet) throws IOException {
        try {
            write.invokeExact(session, packet);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    /**
     * Hears of each answer to a global request, on the reader thread: JSch interrupts the thread in its one slot for that,
     * which is none that runs.
     */
    void onReply(Session session, Replies heard) {
        Object slot = replies.getVolatile(session);
        replyThread.setVolatile(slot, new Thread("tunnel-replies") {
            @Override
            public void interrupt() {
                int port = (int) replyPort.getVolatile(slot);
                // JSch looks for one in the next answer only when there is none.
                replyPort.setVolatile(slot, 0);
                heard.reply((int) reply.getVolatile(slot) == 1, port);
            }
        });
    }

    /** Takes answers to global requests. */
    @FunctionalInterface
    interface Replies {
        /**
         * An answer has come. On the reader thread.
         *
         * @param port what follows the answer, if it is a port: else anything
         */
        void reply(boolean success, int port);
    }

    /**
     * Makes JSch let connections in that come to this listener of the gateway.
     *
     * @param listener what {@link #listener} is to say of them
     */
    void register(Session session, String address, int port, String listener) throws JSchException {
        try {
            register.invokeExact(session, address, port, port, listener, 0, (SocketFactory) null);
        } catch (JSchException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** The channel that JSch has made last for a connection that came in at the gateway. On the reader thread. */
    @SuppressWarnings("unchecked")
    @Nullable
    ChannelForwardedTCPIP lastOffered(Session session) {
        Lock reading = ((ReadWriteLock) channelsLock.getVolatile(session)).readLock();
        reading.lock();
        try {
            List<Channel> all = (List<Channel>) channels.getVolatile(session);
            for (int i = all.size() - 1; i >= 0; i--) {
                if (all.get(i) instanceof ChannelForwardedTCPIP last) {
                    return last;
                }
            }
            return null;
        } finally {
            reading.unlock();
        }
    }

    /** At which listener it came in; null when at none that is registered. */
    @Nullable
    String listener(ChannelForwardedTCPIP channel) {
        Object registered = config.getVolatile(channel);
        return registered == null ? null : (String) listener.getVolatile(registered);
    }

    private static IOException failure(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof IOException io ? io : new IOException(e);
    }

    private static final class Found {
        static final @Nullable JschInternals INTERNALS = look();
    }
}
