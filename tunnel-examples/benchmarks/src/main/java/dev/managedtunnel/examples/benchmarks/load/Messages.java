package dev.managedtunnel.examples.benchmarks.load;

import dev.managedtunnel.examples.benchmarks.target.Request;
import dev.managedtunnel.examples.benchmarks.target.Request.What;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** Single messages of 64 bytes, and how long each takes. Setting: {@code count}. Figures as in {@link Percentiles}. */
final class Messages {
    private static final int ANSWER_MILLIS = 10_000;
    /** The first messages of a ping-pong, which are not counted. */
    private static final int FIRST = 20;

    private static final int BEFORE_PUSH = 100;

    private Messages() {}

    /** There and back, the next one when the last is back. */
    static Figures ping(Connector tunnel, Figures settings) throws IOException {
        try (Socket socket = tunnel.connect()) {
            socket.setSoTimeout(ANSWER_MILLIS);
            new Request(What.ECHO, 0, 0).send(socket.getOutputStream());
            return ping(socket, (int) settings.whole("count"));
        }
    }

    /**
     * Sent by the target every {@code micros} microseconds, one way: both ends read the same clock. Some questions and
     * answers go before, as on most sessions of an application: only after these Linux delays an acknowledgement, once, for
     * which a server that does not set TCP_NODELAY waits. So the first messages count too.
     */
    static Figures push(Connector tunnel, Figures settings) throws IOException {
        int count = (int) settings.whole("count");
        ping(tunnel, Figures.none().with("count", BEFORE_PUSH));
        Percentiles times = new Percentiles(count);
        byte[] message = new byte[Request.MESSAGE];
        try (Socket socket = tunnel.connect()) {
            socket.setSoTimeout(ANSWER_MILLIS);
            new Request(What.PUSH, count, settings.whole("micros")).send(socket.getOutputStream());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            for (int i = 0; i < count; i++) {
                in.readFully(message);
                times.add(System.nanoTime() - ByteBuffer.wrap(message).getLong());
            }
        }
        return times.figures();
    }

    /**
     * There and back, as {@link #ping}, first alone and then beside a connection on which the target sends all it can and
     * nobody reads. Figures: {@code p99} beside it, and {@code ratio} of that to the one without.
     */
    static Figures besideStalledReader(Connector tunnel, Figures settings) throws IOException, InterruptedException {
        int count = (int) settings.whole("count");
        try (Socket echo = tunnel.connect();
                Socket stalled = tunnel.connect()) {
            echo.setSoTimeout(ANSWER_MILLIS);
            new Request(What.ECHO, 0, 0).send(echo.getOutputStream());
            double alone = ping(echo, count).get("p99");
            new Request(What.SOURCE, Long.MAX_VALUE, 0).send(stalled.getOutputStream());
            // until every buffer on the way is full
            TimeUnit.MILLISECONDS.sleep(settings.whole("millis"));
            try {
                double beside = ping(echo, count).get("p99");
                return Figures.none().with("p99", beside).with("ratio", beside / alone);
            } catch (SocketTimeoutException e) {
                throw new IOException("stalls: no echo within " + ANSWER_MILLIS / 1000 + " s", e);
            }
        }
    }

    private static Figures ping(Socket socket, int count) throws IOException {
        Percentiles times = new Percentiles(count);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream();
        byte[] message = new byte[Request.MESSAGE];
        byte[] answer = new byte[Request.MESSAGE];
        for (int i = 0; i < FIRST + count; i++) {
            ByteBuffer.wrap(message).putLong(i);
            long start = System.nanoTime();
            out.write(message);
            in.readFully(answer);
            long time = System.nanoTime() - start;
            if (ByteBuffer.wrap(answer).getLong() != i) {
                throw new IOException("the answer to message " + i + " is another one's");
            }
            if (i >= FIRST) {
                times.add(time);
            }
        }
        return times.figures();
    }
}
