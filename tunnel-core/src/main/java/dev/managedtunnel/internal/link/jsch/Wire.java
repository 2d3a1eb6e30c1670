package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.Proxy;
import com.jcraft.jsch.SocketFactory;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.SharedLoop;
import dev.managedtunnel.internal.link.StartPhase;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The connection under one session. It is kept here, where closing it is the one way to end everything that JSch waits
 * for, and tapped, since the end of its stream is the one reliable sign of a loss. Writing to it never blocks. Where a
 * session before it carries it, a cut goes on to that one's wire: neither is of use without the other. Thread-safe.
 */
final class Wire {
    private final Dialler dialler;
    private final Phases phases;
    private final Pulse pulse;
    private final @Nullable Wire outer;
    private final Banner banner = new Banner();

    /** What a cut closes while it is being connected. Guarded by this. */
    private @Nullable Closeable underWay;
    /** Guarded by this. */
    private boolean cut;

    private volatile @Nullable Carrier carrier;
    private volatile Runnable turn = () -> {};
    private volatile @Nullable String end;
    private volatile @Nullable TunnelException hopLost;

    /** @param outer under the session that carries this one's; null where that is a socket */
    Wire(Dialler dialler, Phases phases, Pulse pulse, @Nullable Wire outer) {
        this.dialler = dialler;
        this.phases = phases;
        this.pulse = pulse;
        this.outer = outer;
    }

    /** How many sessions are below this one's. */
    int depth() {
        return outer == null ? 0 : outer.depth() + 1;
    }

    private void connect() throws IOException {
        Carrier made = dialler.dial(this::use);
        synchronized (this) {
            carrier = made;
            if (cut) {
                made.close();
                throw new IOException("cut");
            }
        }
        phases.enter(StartPhase.BANNER);
    }

    /** Makes it what a cut closes; fails when the cut came first. */
    private synchronized void use(Closeable next) throws IOException {
        if (cut) {
            next.close();
            throw new IOException("cut");
        }
        underWay = next;
    }

    /** What the session's reader does before each wait for bytes. */
    void onTurn(Runnable reader) {
        turn = reader;
    }

    /** Waits for bytes; false at the end. A failure, and the end, cut the wire. */
    boolean receive(ByteBuffer buffer) throws IOException {
        int count;
        try {
            count = required().read(buffer, turn);
        } catch (IOException e) {
            ended(e);
            cut();
            throw e;
        }
        if (count < 0) {
            ended("closed by the peer");
            cut();
            return false;
        }
        pulse.received(count);
        StartPhase phase = phases.current();
        if (phase == StartPhase.BANNER && banner.feed(buffer.duplicate().flip())) {
            phases.enter(StartPhase.KEX);
        }
        return true;
    }

    /** A failure is only noted: what the peer sent before, perhaps its reason, is still there to be read. */
    void send(byte[] bytes, int offset, int length) throws IOException {
        try {
            required().write(bytes, offset, length);
        } catch (IOException e) {
            ended(e);
            throw e;
        }
        pulse.sent(length);
    }

    private Carrier required() throws IOException {
        Carrier connected = carrier;
        if (connected == null) {
            throw new IOException("not connected");
        }
        return connected;
    }

    /** Whether the carrier takes nothing at the moment; what is sent all the same is kept. */
    boolean isCongested() {
        Carrier connected = carrier;
        return connected != null && connected.isCongested();
    }

    /** Waits until the carrier takes something, or is closed; ends early when interrupted. */
    void awaitRoom() {
        Carrier connected = carrier;
        try {
            if (connected != null) {
                connected.awaitRoom();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets the session's reader take its turn. */
    void wakeReader() {
        Carrier connected = carrier;
        if (connected != null) {
            connected.wake();
        }
    }

    /** Offers the session's reader a loop to run while it waits. */
    void share(SharedLoop offered) {
        Carrier connected = carrier;
        if (connected != null) {
            connected.share(offered);
        }
    }

    /** The session's reader is about to end. On it. */
    void leave() {
        Carrier connected = carrier;
        if (connected != null) {
            connected.leave();
        }
    }

    private synchronized void ended(IOException how) {
        if (!cut && end == null && how.getCause() instanceof TunnelException lost) {
            hopLost = lost;
        }
        ended(String.valueOf(how.getMessage()));
    }

    /** The peer, or the network, ended it; the first to see that says how. A cut of ours is no such end. */
    private synchronized void ended(String how) {
        if (!cut && end == null) {
            end = how;
        }
    }

    /** Closes the connection at once, whatever is done with it. Idempotent, never blocks. */
    void cut() {
        close(false);
    }

    /** The same for a peer that is dead: what is still unsent goes too, instead of being repeated for minutes. */
    void abort() {
        close(true);
    }

    private void close(boolean unsent) {
        Closeable connecting;
        Carrier connected;
        synchronized (this) {
            cut = true;
            connecting = underWay;
            connected = carrier;
        }
        if (connected != null) {
            connected.close(unsent);
        } else if (connecting != null) {
            try {
                connecting.close();
            } catch (IOException ignored) {
                // Closed it is, and nobody is left to be told.
            }
        }
        if (outer != null) {
            outer.close(unsent);
        }
    }

    /** How the peer or the network ended it; null when it did not, or we did first. */
    @Nullable
    String end() {
        return end;
    }

    /** Why the session that carried it ended, when that is what ended it. */
    @Nullable
    TunnelException hopLost() {
        return hopLost;
    }

    Banner banner() {
        return banner;
    }

    /**
     * This wire as JSch wants it. As a proxy, since a socket, which not every wire has, is all that JSch sets time-outs of
     * its own on. An object of its own, since JSch holds its monitor while it connects.
     */
    Proxy transport() {
        return new Transport();
    }

    private final class Transport implements Proxy {
        private final InputStream in = new TapInput(Wire.this);
        private final OutputStream out = new TapOutput(Wire.this);

        @Override
        public void connect(@Nullable SocketFactory none, String host, int port, int timeout) throws IOException {
            Wire.this.connect();
        }

        @Override
        public InputStream getInputStream() {
            return in;
        }

        @Override
        public OutputStream getOutputStream() {
            return out;
        }

        @Override
        public @Nullable Socket getSocket() {
            return null;
        }

        @Override
        public void close() {
            cut();
        }
    }
}
