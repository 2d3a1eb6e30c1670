package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Endpoint;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.Scheduler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A connection that has come in at the gateway, until its target on this machine's side is reached or not. It then goes the
 * way of all connections. Loop only; looking a name up takes a worker.
 */
final class Dial implements EventLoop.Handler {
    /** For all addresses of a target together. */
    static final Duration DEADLINE = Duration.ofSeconds(10);

    /** Whatever the name service says: it decides who is reached. */
    private static final String LOCALHOST = "localhost";

    private static final List<InetAddress> LOOPBACK = List.of(loopback("127.0.0.1"), loopback("::1"));
    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
    /** An address, which nobody has to be asked for. */
    private static final Pattern LITERAL = Pattern.compile(OCTET + "(\\." + OCTET + "){3}|.*:.*");

    private final Link link;
    private final Route.ToOffer route;
    private final Endpoint target;
    private final ForwardStats stats;
    private final LoopContext context;
    private final Switchboard switchboard;
    private final Executor workers;
    private final Consumer<Dial> over;

    private final Queue<SocketAddress> addresses = new ArrayDeque<>();
    private final Scheduler.Timer deadline;
    private @Nullable SocketChannel connecting;
    private String lastFailure = "it has no address";
    private boolean done;

    /** @param over is told when it is over */
    Dial(
            Link link,
            Route.ToOffer route,
            Endpoint target,
            ForwardStats stats,
            LoopContext context,
            Switchboard switchboard,
            Executor workers,
            Consumer<Dial> over) {
        this.link = link;
        this.route = route;
        this.target = target;
        this.stats = stats;
        this.context = context;
        this.switchboard = switchboard;
        this.workers = workers;
        this.over = over;
        stats.accepted();
        deadline = context.scheduler().schedule(DEADLINE, () -> context.loop().execute(this::timeOut));
    }

    void begin() {
        if (target instanceof Endpoint.UnixSocket socket) {
            connectTo(List.of(UnixDomainSocketAddress.of(socket.toPath())));
            return;
        }
        Endpoint.Tcp tcp = (Endpoint.Tcp) target;
        if (tcp.host().equalsIgnoreCase(LOCALHOST)) {
            connectTo(at(LOOPBACK, tcp));
        } else if (LITERAL.matcher(tcp.host()).matches()) {
            resolve(tcp);
        } else {
            workers.execute(() -> resolve(tcp));
        }
    }

    private static List<SocketAddress> at(List<InetAddress> found, Endpoint.Tcp tcp) {
        return found.stream()
                .<SocketAddress>map(address -> new InetSocketAddress(address, tcp.port()))
                .toList();
    }

    private static InetAddress loopback(String literal) {
        try {
            return InetAddress.getByAddress(
                    LOCALHOST, InetAddress.getByName(literal).getAddress());
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** On a worker, where a name has to be looked up. */
    private void resolve(Endpoint.Tcp tcp) {
        List<SocketAddress> found;
        try {
            found = at(List.of(InetAddress.getAllByName(tcp.host())), tcp);
        } catch (UnknownHostException unknown) {
            context.loop().execute(() -> fail(ConnectionOutcome.TARGET_REFUSED, "its name can't be resolved"));
            return;
        }
        context.loop().execute(() -> connectTo(found));
    }

    private void connectTo(Collection<SocketAddress> found) {
        addresses.addAll(found);
        connectToNext();
    }

    private void connectToNext() {
        while (!done) {
            SocketAddress next = addresses.poll();
            if (next == null) {
                fail(ConnectionOutcome.TARGET_REFUSED, lastFailure);
                return;
            }
            try {
                if (!connect(next)) {
                    return;
                }
                connected();
            } catch (IOException e) {
                failedOnce(e);
            }
        }
    }

    private boolean connect(SocketAddress address) throws IOException {
        SocketChannel channel = address instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open();
        connecting = channel;
        Sockets.prepare(channel);
        if (channel.connect(address)) {
            return true;
        }
        context.loop().register(channel, SelectionKey.OP_CONNECT, this);
        return false;
    }

    @Override
    public void ready(int operations) throws IOException {
        SocketChannel channel = connecting;
        if (channel != null && channel.finishConnect()) {
            connected();
        }
    }

    /** It could not connect, or there is a bug. */
    @Override
    public void failed(Exception why) {
        failedOnce(why);
        connectToNext();
    }

    private void failedOnce(Exception why) {
        lastFailure = why.getMessage() == null ? why.toString() : why.getMessage();
        hangUp();
    }

    private void connected() throws IOException {
        SocketChannel channel = connecting;
        if (done || channel == null) {
            return;
        }
        Connection connection = new Connection(channel, stats, route, switchboard, context);
        connecting = null;
        end();
        switchboard.offered(connection, link);
    }

    private void timeOut() {
        fail(ConnectionOutcome.TARGET_TIMEOUT, "it did not answer within " + Durations.text(DEADLINE));
    }

    /** The tunnel, or its forward, ends. */
    void cancel(String why) {
        fail(ConnectionOutcome.TUNNEL_DOWN, why);
    }

    private void fail(ConnectionOutcome outcome, String why) {
        if (done) {
            return;
        }
        end();
        hangUp();
        String text = "can't reach " + target + " from here: " + why;
        context.outcomes().ended(stats, false, outcome, text);
        route.offer().refuse(text);
    }

    private void end() {
        done = true;
        deadline.cancel();
        over.accept(this);
    }

    private void hangUp() {
        if (connecting != null) {
            Sockets.close(connecting);
            connecting = null;
        }
    }
}
