package dev.managedtunnel.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A proxy for HTTP's CONNECT, and one for SOCKS5 with a login, to put behind a {@link Target}. They wait for what the
 * server behind them says first and send that in one piece with their own answer. Names that they know are theirs alone.
 */
public final class ProxyServer implements Target.Behaviour {
    private final boolean http;
    private final @Nullable String login;
    private final Map<String, InetSocketAddress> names;
    private final List<String> requests = new CopyOnWriteArrayList<>();

    private ProxyServer(boolean http, @Nullable String login, Map<String, InetSocketAddress> names) {
        this.http = http;
        this.login = login;
        this.names = names;
    }

    /**
     * An HTTP proxy.
     *
     * @param login {@code user:password}; null when it wants none
     * @param names who is meant by a {@code host:port}
     */
    public static ProxyServer http(@Nullable String login, Map<String, InetSocketAddress> names) {
        return new ProxyServer(true, login, names);
    }

    /** A SOCKS5 proxy that wants a login {@code user:password}. */
    public static ProxyServer socks5(String login, Map<String, InetSocketAddress> names) {
        return new ProxyServer(false, login, names);
    }

    /** What it was asked for: the request of HTTP, the {@code host:port} of SOCKS5. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void serve(SocketChannel client, Target target) throws IOException {
        String place = http ? askedByHttp(client) : askedBySocks(client);
        InetSocketAddress address = names.get(place);
        if (address == null) {
            return;
        }
        byte[] answer = http
                ? "HTTP/1.1 200 Connection established\r\nVia: 1.1 fixture\r\n\r\n".getBytes(StandardCharsets.US_ASCII)
                : new byte[] {5, 0, 0, 3, 1, 'x', 0, 0};
        try (SocketChannel server = SocketChannel.open(address)) {
            ByteBuffer greeting = ByteBuffer.allocate(1024).put(answer);
            server.read(greeting);
            client.write(greeting.flip());
            Thread upwards = new Thread(() -> pass(client, server), "fixture-proxy-upwards");
            upwards.start();
            pass(server, client);
            upwards.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void pass(SocketChannel from, SocketChannel to) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
        try {
            while (from.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
            }
        } catch (IOException e) {
            // ended, as below
        }
        try {
            from.close();
            to.close();
        } catch (IOException e) {
            // closed it is
        }
    }

    private String askedByHttp(SocketChannel client) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.UTF_8).endsWith("\r\n\r\n")) {
            head.writeBytes(read(client, 1));
        }
        String request = head.toString(StandardCharsets.UTF_8);
        requests.add(request);
        String expected =
                login == null ? "" : Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
        if (!request.contains(expected)) {
            write(
                    client,
                    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n");
            return "";
        }
        return request.split(" ", -1)[1];
    }

    private String askedBySocks(SocketChannel client) throws IOException {
        read(client, read(client, 2)[1]);
        client.write(ByteBuffer.wrap(new byte[] {5, 2}));
        String user = text(client, read(client, 2)[1]);
        String given = user + ":" + text(client, read(client, 1)[0]);
        client.write(ByteBuffer.wrap(new byte[] {1, (byte) (given.equals(login) ? 0 : 1)}));
        if (!given.equals(login)) {
            return "";
        }
        String host = text(client, read(client, 5)[4]);
        String place = host + ":" + (int) ByteBuffer.wrap(read(client, 2)).getChar();
        requests.add(place);
        return place;
    }

    private static String text(SocketChannel client, int length) throws IOException {
        return new String(read(client, length), StandardCharsets.UTF_8);
    }

    private static byte[] read(SocketChannel client, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (client.read(bytes) < 0) {
                throw new IOException("the client has hung up");
            }
        }
        return bytes.array();
    }

    private static void write(SocketChannel client, String text) throws IOException {
        client.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
