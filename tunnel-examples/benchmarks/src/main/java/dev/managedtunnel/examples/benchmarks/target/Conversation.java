package dev.managedtunnel.examples.benchmarks.target;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One connection to the targets. Blocking, with large direct buffers: the far end must not be what is measured. */
final class Conversation {
    private final SocketChannel connection;

    Conversation(SocketChannel connection) {
        this.connection = connection;
    }

    void run() throws IOException, InterruptedException {
        // no buffering: not a byte beyond the request may be taken
        Request request = Request.read(new DataInputStream(connection.socket().getInputStream()));
        switch (request.what()) {
            case SINK -> {
                long count = receive(request);
                writeFully(number(count));
                drain();
            }
            case SOURCE -> {
                send(request.amount());
                drain();
            }
            case BOTH -> both(request);
            case ECHO -> echo();
            case PUSH -> push(request);
        }
    }

    private long receive(Request request) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(TestBytes.PIECE);
        long end = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(request.time());
        long count = 0;
        while (count < request.amount() && System.nanoTime() - end < 0) {
            buffer.clear();
            int read = connection.read(buffer);
            if (read < 0) {
                throw new EOFException();
            }
            TestBytes.check(buffer, count);
            count += read;
        }
        return count;
    }

    private void send(long amount) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(TestBytes.array().length).put(TestBytes.array());
        for (long sent = 0; sent < amount; ) {
            int from = TestBytes.offset(sent);
            bytes.limit(from + (int) Math.min(TestBytes.PIECE, amount - sent)).position(from);
            sent += bytes.remaining();
            writeFully(bytes);
        }
    }

    /** The number that was received comes behind what is sent. */
    private void both(Request request) throws IOException, InterruptedException {
        Thread sender = Targets.daemon("sender", () -> {
            try {
                send(request.amount());
            } catch (IOException gone) {
                // the other direction ends too
            }
        });
        long count = receive(request);
        sender.join();
        writeFully(number(count));
        drain();
    }

    private void echo() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(16 * 1024);
        while (connection.read(buffer.clear()) >= 0) {
            writeFully(buffer.flip());
        }
    }

    /** The clock is the system's monotonic one, which on Linux all processes share. */
    private void push(Request request) throws IOException {
        ByteBuffer message = ByteBuffer.allocateDirect(Request.MESSAGE);
        long interval = TimeUnit.MICROSECONDS.toNanos(request.time());
        long next = System.nanoTime();
        for (long i = 0; i < request.amount(); i++) {
            next += interval;
            for (long wait = next - System.nanoTime(); wait > 0; wait = next - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
            message.clear();
            message.putLong(0, System.nanoTime());
            writeFully(message);
        }
        drain();
    }

    private static ByteBuffer number(long count) {
        return ByteBuffer.allocate(Long.BYTES).putLong(count).flip();
    }

    private void writeFully(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            connection.write(bytes);
        }
    }

    /** Waits for the other side's end, so that it is always the other side that closes first. */
    private void drain() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(TestBytes.PIECE);
        while (connection.read(buffer.clear()) >= 0) {
            // what comes after a limit in time is not counted
        }
    }
}
