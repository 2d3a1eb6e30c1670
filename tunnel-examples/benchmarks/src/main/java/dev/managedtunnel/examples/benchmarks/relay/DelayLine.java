package dev.managedtunnel.examples.benchmarks.relay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * One direction of a connection. One thread reads and notes the time, another writes when the time has come. What is under
 * way waits in up to 512 MiB of memory, more than any window of SSH: only beyond that the sender feels
 * the receiver.
 */
final class DelayLine {
    private static final int PIECE = 64 * 1024;
    private static final int MOST_PIECES = 8 * 1024;

    /** Bytes that came together, and when; none at the stream's end. */
    private static final class Piece {
        private final ByteBuffer bytes = ByteBuffer.allocateDirect(PIECE);
        private long arrival;
    }

    private final SocketChannel from;
    private final SocketChannel to;
    private final long delayNanos;
    /** Those used last come first, so that as little memory as possible is touched. */
    private final LinkedBlockingDeque<Piece> free = new LinkedBlockingDeque<>();

    private final BlockingQueue<Piece> underWay = new LinkedBlockingQueue<>();
    private int pieces;

    DelayLine(SocketChannel from, SocketChannel to, long delayNanos) {
        this.from = from;
        this.to = to;
        this.delayNanos = delayNanos;
    }

    void start(String name) {
        DelayRelay.daemon(name + "-reader", () -> guarded(this::read));
        DelayRelay.daemon(name + "-writer", () -> guarded(this::write));
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    private void guarded(Step step) {
        try {
            step.run();
        } catch (IOException | InterruptedException gone) {
            // a connection that breaks on one side breaks on the other, at once
            close(from);
            close(to);
            underWay.clear();
        }
    }

    private void read() throws IOException, InterruptedException {
        while (true) {
            Piece piece = freePiece();
            int count = from.read(piece.bytes.clear());
            piece.arrival = System.nanoTime();
            piece.bytes.flip();
            underWay.add(piece);
            if (count < 0) {
                return;
            }
        }
    }

    private Piece freePiece() throws InterruptedException {
        Piece piece = free.pollFirst();
        if (piece != null) {
            return piece;
        }
        if (pieces == MOST_PIECES) {
            return free.takeFirst();
        }
        pieces++;
        return new Piece();
    }

    private void write() throws IOException, InterruptedException {
        while (true) {
            Piece piece = underWay.take();
            long due = piece.arrival + delayNanos;
            for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
            if (!piece.bytes.hasRemaining()) {
                to.shutdownOutput();
                return;
            }
            while (piece.bytes.hasRemaining()) {
                to.write(piece.bytes);
            }
            free.addFirst(piece);
        }
    }

    private static void close(SocketChannel socket) {
        try {
            socket.close();
        } catch (IOException gone) {
            // it was closed already
        }
    }
}
