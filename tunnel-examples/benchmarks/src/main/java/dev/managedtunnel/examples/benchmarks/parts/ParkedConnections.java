package dev.managedtunnel.examples.benchmarks.parts;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A crowd that comes while no session is up, and is served when one is: the time for each connection. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ParkedConnections {
    private static final int CROWD = 200;

    private final List<SocketChannel> clients = new ArrayList<>();
    private final List<SimulatedChannel> channels = new ArrayList<>();
    private @Nullable LocalSide side;
    private @Nullable SimulatedLink link;

    /** One local side for all. */
    @Setup
    public void open() {
        side = new LocalSide();
    }

    /** Ends it. */
    @TearDown
    public void close() {
        Objects.requireNonNull(side).close();
    }

    /** The crowd goes, and the session with it. Not part of the time. */
    @TearDown(Level.Invocation)
    public void leave() throws IOException {
        Objects.requireNonNull(side).forwarder().linkDown(Objects.requireNonNull(link));
        channels.forEach(SimulatedChannel::close);
        channels.clear();
        for (SocketChannel client : clients) {
            client.close();
        }
        clients.clear();
    }

    /** 200 connect, then a session comes, and each gets its channel. */
    @Benchmark
    @OperationsPerInvocation(CROWD)
    public void parkAndServe() throws IOException, InterruptedException {
        LocalSide local = Objects.requireNonNull(side);
        for (int i = 0; i < CROWD; i++) {
            clients.add(local.connect());
        }
        SimulatedLink up = new SimulatedLink();
        link = up;
        local.forwarder().linkUp(up);
        for (int i = 0; i < CROWD; i++) {
            channels.add(up.next());
        }
    }
}
