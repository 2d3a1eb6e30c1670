package dev.managedtunnel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;

/**
 * Makes the JVM open what it opens once and keeps, before anybody counts: the descriptors by which it wakes threads
 * blocked on a socket, and on Java 21 and later the pollers of virtual threads.
 */
final class JvmWarmUp {

    private static boolean done;

    private JvmWarmUp() {}

    /** Not in a static initialiser, since other threads run code of this class meanwhile. */
    static synchronized void once() {
        if (done) {
            return;
        }
        try {
            new SecureRandom().nextLong();
            blockingSockets();
            try (Selector selector = Selector.open();
                    ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                selector.wakeup();
                selector.select();
                unix.configureBlocking(false);
            }
            Pipe pipe = Pipe.open();
            pipe.sink().close();
            pipe.source().close();
            Exec.attempt("true");
            if (Runtime.version().feature() >= 21) {
                onVirtualThread(JvmWarmUp::blockingSockets);
            }
            done = true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void blockingSockets() {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort());
                Socket server = listener.accept()) {
            Thread writer = new Thread(() -> writeOne(server), "fixture-warm-up");
            writer.start();
            client.setSoTimeout(10_000);
            client.getInputStream().read();
            writer.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(null);
            try (SocketChannel client = SocketChannel.open(listener.getLocalAddress())) {
                client.finishConnect();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void writeOne(Socket socket) {
        try {
            socket.getOutputStream().write(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By reflection, since the tests are compiled for Java 17. */
    private static void onVirtualThread(Runnable work) {
        try {
            Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
            Thread thread = (Thread) start.invoke(null, work);
            thread.join();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Java 21 and later have virtual threads", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
