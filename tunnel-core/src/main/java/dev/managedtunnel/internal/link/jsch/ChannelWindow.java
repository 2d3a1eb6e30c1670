package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Buffer;
import com.jcraft.jsch.Channel;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much a target may send before its consumer has taken it. JSch's own window is refilled by its reader at once, so
 * a slow consumer would have to block the reader, and with it all other channels and the keep-alive. Here the window is
 * refilled when we say so.
 *
 * <p>The one class that reaches into JSch. What it relies on, checked when it is loaded:
 * <ul>
 *   <li>an open request announces {@code lwsize};
 *   <li>JSch's reader takes each packet's length off {@code lwsize} and refills the window when that is below half of
 *       {@code lwsize_max}. So with {@code lwsize_max} 0, and {@code lwsize} put back to a large value with each
 *       packet, it never does;
 *   <li>{@code Session.write(Packet)} sends a packet of ours.
 * </ul>
 * Without access (on the module path it must be opened) the window is JSch's own, of the same size. Immutable.
 */
final class ChannelWindow {
    /** Enough for 20 MB/s at 100 ms round trip. */
    static final int SIZE = 2 * 1024 * 1024;

    /** What OpenSSH announces; larger packets gain little and delay other channels. */
    static final int PACKET = 32 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(ChannelWindow.class);
    private static final byte WINDOW_ADJUST = 93;
    private static final int HEADER = 5;
    private static final int ADJUST_BUFFER = 100;
    private static final String OPENS = "--add-opens com.jcraft.jsch/com.jcraft.jsch=dev.managedtunnel.core";

    private final @Nullable Access access;

    private ChannelWindow(@Nullable Access access) {
        this.access = access;
    }

    /** Our window where JSch can be reached into, else JSch's. */
    static ChannelWindow best() {
        return Best.WINDOW;
    }

    /** JSch's own. */
    static ChannelWindow ofJsch() {
        return new ChannelWindow(null);
    }

    private static ChannelWindow find() {
        try {
            return new ChannelWindow(Access.find());
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.warn(
                    "JSch can't be reached into ({}): a slow consumer's data is queued instead of held back, and a "
                            + "connection that its target closes at once may linger. Add {} to the java command, or use "
                            + "JSch 2.28.8",
                    e.getMessage(),
                    OPENS);
            return ofJsch();
        }
    }

    /** Whether nothing beyond the window arrives without {@link #credit}. */
    boolean holdsBack() {
        return access != null;
    }

    /** Prepares a channel that is about to be opened. */
    void announce(Channel channel) throws JSchException {
        channel.setLocalWindowSizeMax(SIZE);
        channel.setLocalPacketSize(PACKET);
        if (access != null) {
            access.windowMax.setVolatile(channel, 0);
            // JSch sets this on the opening thread, and ignores a close that its reader sees before that.
            access.connected.setVolatile(channel, true);
        }
    }

    /** Whether the gateway has confirmed the channel, also when it has closed it since. */
    boolean confirmed(Channel channel) {
        return access == null ? channel.isConnected() : (boolean) access.confirmed.getVolatile(channel);
    }

    /** JSch's reader hands over a packet. On the reader thread, within JSch's call. */
    void received(Channel channel) {
        if (access != null) {
            access.window.setVolatile(channel, Integer.MAX_VALUE);
        }
    }

    /** Lets the target send that much more. Blocks as a write does; without effect where JSch does it. */
    void credit(Channel channel, int bytes) throws IOException {
        if (access == null) {
            return;
        }
        // As JSch does it: after the close its number on the server may belong to another channel.
        synchronized (channel) {
            if (!channel.isClosed()) {
                access.send(channel, adjust((int) access.recipient.getVolatile(channel), bytes));
            }
        }
    }

    private static Buffer adjust(int recipient, int bytes) {
        Buffer buffer = new Buffer(ADJUST_BUFFER);
        buffer.putByte(new byte[HEADER]);
        buffer.putByte(WINDOW_ADJUST);
        buffer.putInt(recipient);
        buffer.putInt(bytes);
        return buffer;
    }

    /** Looked for once, and complained of once. */
    private static final class Best {
        static final ChannelWindow WINDOW = find();
    }

    private record Access(
            VarHandle window,
            VarHandle windowMax,
            VarHandle recipient,
            VarHandle connected,
            VarHandle confirmed,
            MethodHandle packet,
            MethodHandle write) {
        static Access find() throws ReflectiveOperationException {
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(Channel.class, MethodHandles.lookup());
            Class<?> packet = lookup.findClass("com.jcraft.jsch.Packet");
            return new Access(
                    lookup.findVarHandle(Channel.class, "lwsize", int.class),
                    lookup.findVarHandle(Channel.class, "lwsize_max", int.class),
                    lookup.findVarHandle(Channel.class, "recipient", int.class),
                    lookup.findVarHandle(Channel.class, "connected", boolean.class),
                    lookup.findVarHandle(Channel.class, "open_confirmation", boolean.class),
                    lookup.findConstructor(packet, MethodType.methodType(void.class, Buffer.class))
                            .asType(MethodType.methodType(Object.class, Buffer.class)),
                    lookup.findVirtual(Session.class, "write", MethodType.methodType(void.class, packet))
                            .asType(MethodType.methodType(void.class, Session.class, Object.class)));
        }

        void send(Channel channel, Buffer content) throws IOException {
            try {
                Object made = packet.invokeExact(content);
                write.invokeExact(channel.getSession(), made);
            } catch (RuntimeException | IOException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IOException(e);
            }
        }
    }
}
