package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.SocketFactory;
import dev.managedtunnel.internal.link.StartPhase;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The TCP connection under one session. It is kept here, where closing it is the one way to end everything that JSch
 * waits for, and tapped, since the end of its stream is the one reliable sign of a loss. Writing to it never blocks.
 * Thread-safe.
 */
final class Wire implements SocketFactory {
    private final Connector connector;
    private final Phases phases;
    private final Pulse pulse;
    private final Banner banner = new Banner();

    /** The channel that is connecting or connected. Guarded by this. */
    private @Nullable SocketChannel channel;
    /** Guarded by this. */
    private boolean cut;

    private volatile @Nullable WireSocket socket;
    private volatile Runnable turn = () -> {};
    private volatile @Nullable String end;

    Wire(Connector connector, Phases phases, Pulse pulse) {
        this.connector = connector;
        this.phases = phases;
        this.pulse = pulse;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        SocketChannel connected = connector.connect(host, port, phases, this::use);
        connected.setOption(StandardSocketOptions.TCP_NODELAY, true);
        connected.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        WireSocket made = new WireSocket(connected, pulse::progressed);
        synchronized (this) {
            socket = made;
            if (cut) {
                made.close(false);
                throw new IOException("cut");
            }
        }
        phases.enter(StartPhase.BANNER);
        return connected.socket();
    }

    /** Makes it the channel that a cut closes; fails when the cut came first. */
    private synchronized void use(SocketChannel next) throws IOException {
        if (cut) {
            next.close();
            throw new IOException("cut");
        }
        channel = next;
    }

    @Override
    public InputStream getInputStream(Socket connected) {
        return new TapInput(this);
    }

    @Override
    public OutputStream getOutputStream(Socket connected) {
        return new TapOutput(this);
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
            ended(String.valueOf(e.getMessage()));
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
            ended(String.valueOf(e.getMessage()));
            throw e;
        }
        pulse.sent(length);
    }

    private WireSocket required() throws IOException {
        WireSocket connected = socket;
        if (connected == null) {
            throw new IOException("not connected");
        }
        return connected;
    }

    /** Whether the socket takes nothing at the moment; what is sent all the same is kept. */
    boolean isCongested() {
        WireSocket connected = socket;
        return connected != null && connected.isCongested();
    }

    /** Waits until the socket takes something, or is closed; ends early when interrupted. */
    void awaitRoom() {
        WireSocket connected = socket;
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
        WireSocket connected = socket;
        if (connected != null) {
            connected.wake();
        }
    }

    /** The peer, or the network, ended it; the first to see that says how. A cut of ours is no such end. */
    private synchronized void ended(String how) {
        if (!cut && end == null) {
            end = how;
        }
    }

    /** Closes the socket at once, whatever is done with it. Idempotent, never blocks. */
    void cut() {
        close(false);
    }

    /** The same for a peer that is dead: what is still unsent goes too, instead of being repeated for minutes. */
    void abort() {
        close(true);
    }

    private void close(boolean unsent) {
        SocketChannel connecting;
        WireSocket connected;
        synchronized (this) {
            cut = true;
            connecting = channel;
            connected = socket;
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
    }

    /** How the peer or the network ended it; null when it did not, or we did first. */
    @Nullable
    String end() {
        return end;
    }

    Banner banner() {
        return banner;
    }
}
