package dev.managedtunnel.internal.probe;

import dev.managedtunnel.Endpoint;
import dev.managedtunnel.Probe;
import dev.managedtunnel.ProbeContext;
import dev.managedtunnel.internal.link.Link;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One check on one session, which can be cut: its thread is interrupted, and what it opened is closed. Thread-safe. */
final class ProbeRun implements ProbeContext {
    private static final Logger LOG = LoggerFactory.getLogger(ProbeRun.class);
    /** Where its sockets lead is decided already. */
    private static final InetSocketAddress ANYWHERE = InetSocketAddress.createUnresolved("target", 1);

    private final Probe probe;
    private final String tunnel;
    private final Link link;
    private final EchoLoop loop;
    private final ProbeSockets sockets;

    // Guarded by this.
    private final List<Closeable> opened = new ArrayList<>();
    private @Nullable Thread thread;
    private boolean over;

    ProbeRun(Probe probe, String tunnel, Link link, EchoLoop loop, ProbeSockets sockets) {
        this.probe = probe;
        this.tunnel = tunnel;
        this.link = link;
        this.loop = loop;
        this.sockets = sockets;
    }

    /** The session it runs on. */
    Link link() {
        return link;
    }

    /** Runs the check, on this thread; what it threw, or null. */
    @Nullable
    Throwable call() {
        synchronized (this) {
            if (over) {
                return new InterruptedIOException("it was cut before it began");
            }
            thread = Thread.currentThread();
        }
        try {
            probe.check().run(this);
            return null;
        } catch (Exception | Error failed) {
            LOG.debug("{}: probe {}: {}", tunnel, probe.name(), failed.toString());
            return failed;
        } finally {
            synchronized (this) {
                thread = null;
            }
            closeAll();
            // What was meant for the check is not for what this thread does next.
            var unused = Thread.interrupted();
        }
    }

    /** Ends it; it may take its time to return all the same. */
    void cut() {
        closeAll();
        synchronized (this) {
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    private void closeAll() {
        List<Closeable> all;
        synchronized (this) {
            over = true;
            all = List.copyOf(opened);
            opened.clear();
        }
        loop.stop(this);
        all.forEach(ProbeRun::close);
    }

    /** Closes that with the run, or at once. */
    void opened(Closeable connection) {
        synchronized (this) {
            if (!over) {
                opened.add(connection);
                return;
            }
        }
        close(connection);
    }

    private static void close(Closeable connection) {
        try {
            connection.close();
        } catch (IOException gone) {
            // What breaks while it is closed is closed.
        }
    }

    @Override
    public String tunnel() {
        return tunnel;
    }

    @Override
    public Socket connect(Endpoint target) throws IOException {
        Socket socket = sockets.to(link, target, this::opened).createSocket();
        socket.connect(ANYWHERE);
        return socket;
    }

    @Override
    public SocketFactory socketFactory() {
        return sockets.to(link, null, this::opened);
    }

    @Override
    public Endpoint echoLoop() throws IOException, InterruptedException {
        return loop.endpoint(this);
    }
}
