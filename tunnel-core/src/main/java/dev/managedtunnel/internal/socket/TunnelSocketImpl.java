package dev.managedtunnel.internal.socket;

import dev.managedtunnel.internal.forward.InProcessClient;
import dev.managedtunnel.internal.forward.InProcessEntry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the JDK's socket calls, on top of an {@link InProcessClient}. Whether it may be called (connected, not closed, not
 * shut down) the JDK has checked already. Thread-safe.
 */
final class TunnelSocketImpl extends SocketImpl {
    private final SocketSettings settings = new SocketSettings();

    private final Object lock = new Object();
    // Guarded by lock.
    private @Nullable InProcessEntry entry;
    private @Nullable InProcessClient client;
    private boolean closed;

    /** Where to connect to. */
    void leadTo(InProcessEntry found) {
        synchronized (lock) {
            entry = found;
        }
    }

    @Override
    protected void create(boolean stream) {}

    @Override
    protected void connect(String host, int port) throws IOException {
        connect(InetSocketAddress.createUnresolved(host, port), 0);
    }

    @Override
    protected void connect(InetAddress host, int port) throws IOException {
        connect(new InetSocketAddress(host, port), 0);
    }

    @Override
    protected void connect(SocketAddress standIn, int timeout) throws IOException {
        InProcessClient calling;
        synchronized (lock) {
            if (closed) {
                throw new SocketException("Socket closed");
            }
            if (entry == null || client != null) {
                throw new SocketException("Already connecting");
            }
            calling = entry.call();
            client = calling;
        }
        try {
            calling.awaitOpen(timeout);
        } catch (IOException failed) {
            close();
            throw failed;
        }
        InetSocketAddress remote = (InetSocketAddress) standIn;
        address = remote.getAddress();
        port = remote.getPort();
    }

    /** From which address of this machine makes no difference. */
    @Override
    protected void bind(InetAddress host, int port) {}

    @Override
    protected void listen(int backlog) throws IOException {
        throw new SocketException("A tunnel's socket can't listen");
    }

    @Override
    protected void accept(SocketImpl socket) throws IOException {
        throw new SocketException("A tunnel's socket can't accept");
    }

    private InProcessClient connected() throws SocketException {
        synchronized (lock) {
            if (closed) {
                throw new SocketException("Socket closed");
            }
            if (client == null) {
                throw new SocketException("Socket is not connected");
            }
            return client;
        }
    }

    @Override
    protected InputStream getInputStream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                Objects.checkFromIndexSize(offset, length, bytes.length);
                return length == 0 ? 0 : connected().read(bytes, offset, length, settings.timeoutMillis());
            }

            @Override
            public int available() throws IOException {
                return connected().available();
            }

            @Override
            public void close() {
                TunnelSocketImpl.this.close();
            }
        };
    }

    @Override
    protected OutputStream getOutputStream() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                Objects.checkFromIndexSize(offset, length, bytes.length);
                connected().write(bytes, offset, length);
            }

            @Override
            public void close() {
                TunnelSocketImpl.this.close();
            }
        };
    }

    @Override
    protected int available() throws IOException {
        return connected().available();
    }

    @Override
    protected void shutdownInput() throws IOException {
        connected().shutdownInput();
    }

    @Override
    protected void shutdownOutput() throws IOException {
        connected().shutdownOutput();
    }

    @Override
    protected void close() {
        InProcessClient open;
        synchronized (lock) {
            closed = true;
            open = client;
        }
        if (open != null) {
            open.close();
        }
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw new SocketException("Urgent data not supported");
    }

    @Override
    public void setOption(int id, Object value) throws SocketException {
        settings.set(id, value);
    }

    @Override
    public Object getOption(int id) throws SocketException {
        return settings.get(id);
    }

    @Override
    protected <T> void setOption(SocketOption<T> option, T value) {
        settings.set(option, value);
    }

    @Override
    protected <T> T getOption(SocketOption<T> option) {
        return settings.get(option);
    }

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        return SocketSettings.KNOWN;
    }
}
