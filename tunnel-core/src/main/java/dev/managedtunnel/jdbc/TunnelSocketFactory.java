package dev.managedtunnel.jdbc;

import dev.managedtunnel.internal.OpenTunnels;
import dev.managedtunnel.internal.socket.InProcessSocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Leads a driver through a tunnel of this JVM, without a listening port. Drivers make it by its class name:
 *
 * <pre>
 * jdbc:postgresql://db.internal:5432/orders?socketFactory=dev.managedtunnel.jdbc.TunnelSocketFactory&amp;socketFactoryArg=orders-db
 * jdbc:mariadb://db.internal:3306/orders?socketFactory=dev.managedtunnel.jdbc.TunnelSocketFactory
 * </pre>
 *
 * <p>The forward is found each time that a socket connects, among the tunnels of this JVM that are open or were started
 * and are not closed:
 *
 * <ul>
 *   <li><b>with an argument</b>, it is the forward that the argument names: {@code tunnel/forward}, or the name of a forward
 *       alone, or the name of a tunnel that has only one;
 *   <li><b>without</b>, it is the forward whose target is the host and port of the URL. Where that does not say enough
 *       (two tunnels to the same target), write the name of a tunnel or forward as the URL's host.
 * </ul>
 *
 * <p>A dynamic forward is found by an argument only, and leads to the host and port of the URL, which the gateway looks up
 * if the driver did not.
 *
 * <p>What matches none, or several, is refused with a {@link java.net.ConnectException} that says what there is. The
 * URL's host has no other meaning to the sockets (the driver may still look it up, and checks the server's certificate
 * against it, so the target's real name is best). A driver that can't pass an argument can be given a subclass with a
 * public constructor without parameters: {@code super("orders-db/primary")}.
 *
 * <p>The sockets are those of {@link dev.managedtunnel.ManagedTunnel#socketFactory}. Thread-safe.
 */
public class TunnelSocketFactory extends SocketFactory {
    private final SocketFactory sockets;

    /** Finds the forward by the host and port of the URL. */
    public TunnelSocketFactory() {
        this(null);
    }

    /**
     * Finds the forward by its name.
     *
     * @param name {@code tunnel/forward}, or one of the two where that is enough; null finds it by the URL
     * @throws IllegalArgumentException when the name is empty
     */
    public TunnelSocketFactory(@Nullable String name) {
        if (name != null && name.isBlank()) {
            throw new IllegalArgumentException(
                    "socketFactoryArg: it is empty; give tunnel/forward, a tunnel or a forward, or leave it out");
        }
        sockets = new InProcessSocketFactory(asked -> OpenTunnels.find(name, asked));
    }

    @Override
    public Socket createSocket() throws IOException {
        return sockets.createSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return sockets.createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return sockets.createSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return sockets.createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return sockets.createSocket(host, port, localHost, localPort);
    }
}
