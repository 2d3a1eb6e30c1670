package dev.managedtunnel.examples.benchmarks.load;

import dev.managedtunnel.examples.benchmarks.target.Request;
import dev.managedtunnel.examples.benchmarks.target.Request.What;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Connections that are opened, used for one message there and back, and closed. Settings: {@code count} in all,
 * {@code parallel} at once, {@code seconds} after which no more are begun. Figure: {@code rate}, connections a second.
 */
final class ShortConnections {
    private static final int ANSWER_MILLIS = 10_000;

    private ShortConnections() {}

    static Figures run(Connector tunnel, Figures settings) throws Exception {
        int parallel = (int) settings.whole("parallel");
        AtomicLong left = new AtomicLong(settings.whole("count"));
        AtomicLong done = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(parallel);
        try {
            long start = System.nanoTime();
            long end = start + TimeUnit.SECONDS.toNanos(settings.whole("seconds"));
            List<Callable<Void>> users = new ArrayList<>();
            for (int i = 0; i < parallel; i++) {
                users.add(() -> {
                    while (left.getAndDecrement() > 0 && System.nanoTime() - end < 0) {
                        once(tunnel);
                        done.incrementAndGet();
                    }
                    return null;
                });
            }
            for (Future<Void> user : threads.invokeAll(users)) {
                user.get();
            }
            return Figures.none().with("rate", done.get() * 1e9 / (System.nanoTime() - start));
        } finally {
            threads.shutdownNow();
        }
    }

    /** The request and the message go in one piece, as a query of an application would. */
    static void once(Connector tunnel) throws IOException {
        try (Socket socket = tunnel.connect()) {
            socket.setSoTimeout(ANSWER_MILLIS);
            echo(socket);
        }
    }

    /** Asks for an echo and gets one. */
    static void echo(Socket socket) throws IOException {
        byte[] request = Arrays.copyOf(new Request(What.ECHO, 0, 0).bytes(), Request.BYTES + Request.MESSAGE);
        Arrays.fill(request, Request.BYTES, request.length, (byte) 'x');
        echo(socket, request, Request.BYTES);
    }

    /** One more echo, on a connection that has had one. */
    static void echoAgain(Socket socket) throws IOException {
        byte[] message = new byte[Request.MESSAGE];
        Arrays.fill(message, (byte) 'y');
        echo(socket, message, 0);
    }

    private static void echo(Socket socket, byte[] bytes, int from) throws IOException {
        socket.getOutputStream().write(bytes);
        byte[] answer = new byte[bytes.length - from];
        new DataInputStream(socket.getInputStream()).readFully(answer);
        if (!Arrays.equals(answer, 0, answer.length, bytes, from, bytes.length)) {
            throw new IOException("the answer is not what was sent");
        }
    }
}
