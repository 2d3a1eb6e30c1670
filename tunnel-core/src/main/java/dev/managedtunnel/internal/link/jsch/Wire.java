package dev.managedtunnel.internal.link.jsch;

import com.jcraft.jsch.SocketFactory;
import dev.managedtunnel.internal.link.StartPhase;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/**
 * The TCP connection under one session. It is kept here, where closing it is the one way to end everything that JSch
 * blocks on, and tapped, since the end of its stream is the one reliable sign of a loss. Thread-safe.
 */
final class Wire implements SocketFactory {
    private final Connector connector;
    private final Phases phases;
    private final Pulse pulse;
    private final Banner banner = new Banner();

    /** The socket that is connecting or connected. Guarded by this. */
    private @Nullable Socket socket;
    /** Guarded by this. */
    private boolean cut;

    private volatile @Nullable String end;

    Wire(Connector connector, Phases phases, Pulse pulse) {
        this.connector = connector;
        this.phases = phases;
        this.pulse = pulse;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        Socket connected = connector.connect(host, port, phases, this::use);
        connected.setTcpNoDelay(true);
        connected.setKeepAlive(true);
        phases.enter(StartPhase.BANNER);
        return connected;
    }

    /** Makes it the socket that a cut closes; fails when the cut came first. */
    private synchronized void use(Socket next) throws IOException {
        if (cut) {
            next.close();
            throw new IOException("cut");
        }
        socket = next;
    }

    @Override
    public InputStream getInputStream(Socket connected) throws IOException {
        return new TapInput(connected.getInputStream(), this);
    }

    @Override
    public OutputStream getOutputStream(Socket connected) throws IOException {
        return new TapOutput(connected.getOutputStream(), this);
    }

    void received(byte[] bytes, int offset, int length) {
        pulse.received(length);
        StartPhase phase = phases.current();
        if (phase == StartPhase.BANNER && banner.feed(bytes, offset, length)) {
            phases.enter(StartPhase.KEX);
        }
    }

    void sent(int length) {
        pulse.sent(length);
    }

    /** The peer, or the network, ended it; the first to see that says how. A cut of ours is no such end. */
    synchronized void ended(String how) {
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
        Socket last;
        synchronized (this) {
            cut = true;
            last = socket;
        }
        if (last != null) {
            try {
                if (unsent) {
                    last.setSoLinger(true, 0);
                }
            } catch (IOException closed) {
                // nothing unsent then
            }
            try {
                last.close();
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
