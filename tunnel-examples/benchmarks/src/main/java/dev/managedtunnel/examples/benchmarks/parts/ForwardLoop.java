package dev.managedtunnel.examples.benchmarks.parts;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the library's own part of a connection costs: a client's socket, the loop, and the seam to the session. The session
 * behind it costs nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ForwardLoop {
    private static final int MESSAGE = 64;
    private static final int PACKET = 32 * 1024;

    private final ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE);
    private final ByteBuffer packet = ByteBuffer.allocateDirect(PACKET);
    /** On the heap, as that of a session is. */
    private final ByteBuffer received = ByteBuffer.wrap(new byte[PACKET]);

    private @Nullable LocalSide side;
    private @Nullable SocketChannel client;
    private @Nullable SimulatedChannel channel;

    /** One connection, established. */
    @Setup
    public void open() throws IOException, InterruptedException {
        SimulatedLink link = new SimulatedLink();
        side = new LocalSide();
        side.forwarder().linkUp(link);
        client = side.connect();
        channel = link.next();
    }

    /** All of it. */
    @TearDown
    public void close() throws IOException {
        Objects.requireNonNull(client).close();
        Objects.requireNonNull(side).close();
    }

    /** 64 B from the client to the session, and 64 B back. */
    @Benchmark
    public void pingPong() throws IOException, InterruptedException {
        SocketChannel socket = Objects.requireNonNull(client);
        SimulatedChannel session = Objects.requireNonNull(channel);
        socket.write(message.clear());
        session.awaitTaken(MESSAGE);
        session.send(received.clear().limit(MESSAGE));
        readFully(socket, message.clear());
    }

    /** 32 KiB from the client to the session. */
    @Benchmark
    public void upload() throws IOException, InterruptedException {
        SocketChannel socket = Objects.requireNonNull(client);
        packet.clear();
        while (packet.hasRemaining()) {
            socket.write(packet);
        }
        Objects.requireNonNull(channel).awaitTaken(PACKET);
    }

    /** 32 KiB from the session to the client. */
    @Benchmark
    public void download() throws IOException, InterruptedException {
        Objects.requireNonNull(channel).send(received.clear());
        readFully(Objects.requireNonNull(client), packet.clear());
    }

    private static void readFully(SocketChannel socket, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (socket.read(buffer) < 0) {
                throw new EOFException("the forwarder has ended the connection");
            }
        }
    }
}
