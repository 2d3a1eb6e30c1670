package dev.managedtunnel.examples.benchmarks.load;

import dev.managedtunnel.examples.benchmarks.target.Request;
import dev.managedtunnel.examples.benchmarks.target.Request.What;
import dev.managedtunnel.examples.benchmarks.target.TestBytes;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Bulk in either direction. Settings: {@code bytes}, how many on each connection each way; {@code seconds}, after which the
 * rate is taken from what has arrived by then; {@code connections} for both ways at once. Figure: {@code rate} in MB/s (10^6
 * bytes a second, both directions together), counted where the bytes arrive.
 */
final class Transfers {
    /** How much longer than the set limit an answer may take. */
    private static final int GRACE_MILLIS = 20_000;

    private Transfers() {}

    /** To a target that counts; the time ends when its count is back here. */
    static Figures up(Connector tunnel, Figures settings) throws Exception {
        try (Socket socket = open(tunnel, settings)) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            long start = System.nanoTime();
            request(What.SINK, settings).send(socket.getOutputStream());
            Thread sender = sender(socket, settings.whole("bytes"));
            long count = in.readLong();
            long time = System.nanoTime() - start;
            // what the sender still has to say goes to a target that no longer counts
            sender.interrupt();
            sender.join();
            return rate(count, time);
        }
    }

    /** From a target that sends as fast as it can; the time ends with the last byte. */
    static Figures down(Connector tunnel, Figures settings) throws Exception {
        try (Socket socket = open(tunnel, settings)) {
            long start = System.nanoTime();
            request(What.SOURCE, settings).send(socket.getOutputStream());
            long count = receive(socket.getInputStream(), settings.whole("bytes"), start + limit(settings));
            return rate(count, System.nanoTime() - start);
        }
    }

    /** Several connections, each sending and receiving at the same time, until all are done. */
    static Figures both(Connector tunnel, Figures settings) throws Exception {
        int connections = (int) settings.whole("connections");
        long bytes = settings.whole("bytes");
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        try {
            List<Callable<Long>> parts = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                parts.add(() -> bothOnOne(tunnel, settings));
            }
            long start = System.nanoTime();
            long count = 0;
            for (Future<Long> part : threads.invokeAll(parts)) {
                count += part.get();
            }
            long time = System.nanoTime() - start;
            if (count != 2L * connections * bytes) {
                throw new IOException("only " + count + " bytes within " + settings.whole("seconds") + " s");
            }
            return rate(count, time);
        } finally {
            threads.shutdownNow();
        }
    }

    private static long bothOnOne(Connector tunnel, Figures settings) throws Exception {
        long bytes = settings.whole("bytes");
        try (Socket socket = open(tunnel, settings)) {
            request(What.BOTH, settings).send(socket.getOutputStream());
            Thread sender = sender(socket, bytes);
            InputStream in = socket.getInputStream();
            long received = receive(in, bytes, System.nanoTime() + limit(settings));
            long sent = received < bytes ? 0 : new DataInputStream(in).readLong();
            sender.interrupt();
            sender.join();
            return received + sent;
        }
    }

    private static Socket open(Connector tunnel, Figures settings) throws IOException {
        Socket socket = tunnel.connect();
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(settings.whole("seconds")) + GRACE_MILLIS);
        return socket;
    }

    private static Request request(What what, Figures settings) {
        return new Request(what, settings.whole("bytes"), TimeUnit.SECONDS.toMicros(settings.whole("seconds")));
    }

    private static long limit(Figures settings) {
        return TimeUnit.SECONDS.toNanos(settings.whole("seconds"));
    }

    /** Sends until all is sent, or it is interrupted between two pieces. */
    private static Thread sender(Socket socket, long bytes) throws IOException {
        OutputStream out = socket.getOutputStream();
        Thread thread = new Thread(
                () -> {
                    try {
                        for (long sent = 0;
                                sent < bytes && !Thread.currentThread().isInterrupted(); ) {
                            int length = (int) Math.min(TestBytes.PIECE, bytes - sent);
                            out.write(TestBytes.array(), TestBytes.offset(sent), length);
                            sent += length;
                        }
                    } catch (IOException gone) {
                        // the count, which never comes, tells
                    }
                },
                "sender");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static long receive(InputStream in, long bytes, long end) throws IOException {
        byte[] buffer = new byte[TestBytes.PIECE];
        long count = 0;
        while (count < bytes && System.nanoTime() - end < 0) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, bytes - count));
            if (read < 0) {
                throw new EOFException("the connection ended after " + count + " bytes");
            }
            TestBytes.check(buffer, read, count);
            count += read;
        }
        return count;
    }

    private static Figures rate(long bytes, long nanos) {
        return Figures.none().with("rate", bytes * 1e3 / nanos).with("bytes", (double) bytes);
    }
}
