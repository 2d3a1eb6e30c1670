package dev.managedtunnel.internal.socket;

import java.net.InetAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The options of a socket that has no network of its own. One has an effect, {@code SO_TIMEOUT}. The others are taken and
 * shown, since drivers set them as a matter of course, and change nothing. Thread-safe.
 */
final class SocketSettings {
    private static final int BUFFER_SIZE = 64 * 1024;

    /** The JDK asks by number or by option, and both mean the same. */
    private static final Map<SocketOption<?>, Integer> IDS = Map.of(
            StandardSocketOptions.TCP_NODELAY, SocketOptions.TCP_NODELAY,
            StandardSocketOptions.SO_LINGER, SocketOptions.SO_LINGER,
            StandardSocketOptions.SO_KEEPALIVE, SocketOptions.SO_KEEPALIVE,
            StandardSocketOptions.SO_REUSEADDR, SocketOptions.SO_REUSEADDR,
            StandardSocketOptions.SO_REUSEPORT, SocketOptions.SO_REUSEPORT,
            StandardSocketOptions.SO_SNDBUF, SocketOptions.SO_SNDBUF,
            StandardSocketOptions.SO_RCVBUF, SocketOptions.SO_RCVBUF,
            StandardSocketOptions.IP_TOS, SocketOptions.IP_TOS);

    static final Set<SocketOption<?>> KNOWN = IDS.keySet();

    /** By number, or by option where there is no number. */
    private final Map<Object, Object> values = new ConcurrentHashMap<>(Map.of(
            SocketOptions.TCP_NODELAY,
            true,
            SocketOptions.SO_LINGER,
            -1,
            SocketOptions.SO_KEEPALIVE,
            false,
            SocketOptions.SO_REUSEADDR,
            false,
            SocketOptions.SO_REUSEPORT,
            false,
            SocketOptions.SO_OOBINLINE,
            false,
            SocketOptions.SO_SNDBUF,
            BUFFER_SIZE,
            SocketOptions.SO_RCVBUF,
            BUFFER_SIZE,
            SocketOptions.IP_TOS,
            0,
            SocketOptions.SO_BINDADDR,
            InetAddress.getLoopbackAddress()));

    private volatile int timeoutMillis;

    /** How long a read waits; 0 is for ever. */
    int timeoutMillis() {
        return timeoutMillis;
    }

    void set(int id, Object value) {
        if (id == SocketOptions.SO_TIMEOUT) {
            timeoutMillis = (Integer) value;
        } else if (id == SocketOptions.SO_LINGER && value.equals(false)) {
            // How the JDK says "off".
            values.put(id, -1);
        } else {
            values.put(id, value);
        }
    }

    Object get(int id) throws SocketException {
        Object value = id == SocketOptions.SO_TIMEOUT ? (Integer) timeoutMillis : values.get(id);
        if (value == null) {
            throw new SocketException("A tunnel's socket has no option " + id);
        }
        return value;
    }

    <T> void set(SocketOption<T> option, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(option.name() + " can't be null");
        }
        values.put(key(option), value);
    }

    <T> T get(SocketOption<T> option) {
        Object value = values.get(key(option));
        if (value == null) {
            throw new UnsupportedOperationException("'" + option.name() + "' was not set on this tunnel's socket");
        }
        return option.type().cast(value);
    }

    private static Object key(SocketOption<?> option) {
        Integer id = IDS.get(option);
        return id != null ? id : option;
    }
}
