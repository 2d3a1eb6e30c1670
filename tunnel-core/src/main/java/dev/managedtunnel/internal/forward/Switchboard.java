package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Parking;
import dev.managedtunnel.internal.forward.ConnectionState.Waiting;
import dev.managedtunnel.internal.link.Link;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Knows all connections of a tunnel, and what one that needs a channel gets: the link with the fewest, a parking place or a
 * no. Loop only.
 */
final class Switchboard {
    private final LoopContext context;
    private final ParkingLot parkingLot;
    private final Set<Caller<?>> connections = new HashSet<>();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    /** Forwards that are removed, until their last connection has ended. */
    private final Map<ForwardStats, CompletableFuture<Void>> leaving = new HashMap<>();

    /** The sessions that are up, in the order in which they came. */
    private final Map<Link, Lane> lanes = new LinkedHashMap<>();
    /** Whose channel is, or is asked for, on which of them; also on one that is gone, until the connection has heard of it. */
    private final Map<Caller<?>, Lane> assigned = new HashMap<>();

    private long lastNumber;
    /** Why nothing is parked or opened any more; null while the tunnel lives. */
    private @Nullable String refusal;

    private boolean draining;

    Switchboard(LoopContext context, Parking parking) {
        this.context = context;
        parkingLot = new ParkingLot(context, parking);
    }

    /** Takes over a client's socket. */
    void accepted(SocketChannel client, ForwardStats stats, Route route) throws IOException {
        Sockets.prepare(client);
        called(new Connection(client, stats, route, this, context));
    }

    /** Takes up a new connection. */
    void called(Caller<?> connection) {
        connection.stats.accepted();
        begin(connection);
        placeOrFail(connection);
    }

    /** Takes up one that has come in at the gateway, by this link, and is counted already. */
    void offered(Caller<?> connection, Link from) {
        begin(connection);
        String no = refusal(connection);
        if (no != null) {
            connection.refuse(ConnectionOutcome.TUNNEL_DOWN, no);
            return;
        }
        Lane lane = lanes.get(from);
        if (lane != null) {
            assign(connection, lane);
        }
        connection.open(from);
    }

    private void assign(Caller<?> connection, Lane lane) {
        lane.connections++;
        assigned.put(connection, lane);
    }

    private void begin(Caller<?> connection) {
        connection.accepted(++lastNumber);
        connections.add(connection);
    }

    /** A session is up. */
    void linkUp(Link up) {
        if (refusal == null) {
            lanes.put(up, new Lane(up));
            parkingLot.takeAll().forEach(this::placeOrFail);
        }
    }

    private void placeOrFail(Caller<?> connection) {
        try {
            place(connection);
        } catch (RuntimeException bug) {
            connection.failed(bug);
        }
    }

    /** That session is lost; without effect when it is not known any more. */
    void linkDown(Link lost) {
        lanes.remove(lost);
    }

    /**
     * That session gets no more connections; those that it has go on.
     *
     * @param empty completes when it has none left
     */
    void retire(Link link, CompletableFuture<@Nullable Void> empty) {
        Lane lane = lanes.remove(link);
        if (lane == null || lane.connections == 0) {
            empty.complete(null);
        } else {
            lane.whenEmpty = empty;
        }
    }

    /**
     * Its link died before it got its channel. That is often heard before the link's end itself is, so the link is one no
     * more from here on. Another one that is up serves it at once.
     */
    void placeAfterLossOf(Link lost, Caller<?> connection) {
        linkDown(lost);
        release(connection);
        place(connection);
    }

    private @Nullable String refusal(Caller<?> connection) {
        return refusal != null ? refusal : connection.stats.refusal();
    }

    private void place(Caller<?> connection) {
        String no = refusal(connection);
        if (no != null) {
            connection.refuse(ConnectionOutcome.TUNNEL_DOWN, no);
            return;
        }
        Lane best = null;
        for (Lane lane : lanes.values()) {
            if (best == null || lane.connections < best.connections) {
                best = lane;
            }
        }
        if (best == null) {
            parkingLot.park(connection);
        } else {
            assign(connection, best);
            connection.open(best.link);
        }
    }

    private void release(Caller<?> connection) {
        Lane lane = assigned.remove(connection);
        if (lane == null) {
            return;
        }
        lane.connections--;
        if (lane.connections == 0 && lane.whenEmpty != null) {
            lane.whenEmpty.complete(null);
        }
    }

    /** From now on every connection that would have to wait is ended. */
    void refuseAll(String why) {
        refusal = why;
        lanes.clear();
        parkingLot.takeAll().forEach(connection -> connection.refuse(ConnectionOutcome.TUNNEL_DOWN, why));
    }

    /** Those parked are refused, the others go on. */
    void drain() {
        draining = true;
        refuseAll("the tunnel is being closed");
        completeWhenDrained();
    }

    /** Completes when a drain, or the close, has left no connection. Any thread. */
    CompletableFuture<Void> drained() {
        return drained.copy();
    }

    void closeAll() {
        refuseAll("the tunnel was closed");
        end(connection -> true, "the tunnel was closed");
        drained.complete(null);
    }

    /**
     * Of this forward, which takes no more, those that wait for a session are refused; the others go on.
     *
     * @return completes on the loop when none is left
     */
    CompletableFuture<Void> drain(ForwardStats forward, String why) {
        end(connection -> connection.stats == forward && connection.state() instanceof Waiting, why);
        CompletableFuture<Void> gone = leaving.computeIfAbsent(forward, any -> new CompletableFuture<>());
        completeWhenDrained();
        return gone;
    }

    /** Ends those of this forward. */
    void end(ForwardStats forward, String why) {
        end(connection -> connection.stats == forward, why);
    }

    private void end(Predicate<Caller<?>> which, String why) {
        List<Caller<?>> all = connections.stream().filter(which).toList();
        for (Caller<?> connection : all) {
            boolean established = connection.isEstablished();
            connection.refuse(established ? ConnectionOutcome.BROKEN : ConnectionOutcome.TUNNEL_DOWN, why);
        }
    }

    /** A connection has ended. */
    void left(Caller<?> connection) {
        parkingLot.leave(connection);
        release(connection);
        connections.remove(connection);
        completeWhenDrained();
    }

    private void completeWhenDrained() {
        for (Map.Entry<ForwardStats, CompletableFuture<Void>> one : List.copyOf(leaving.entrySet())) {
            if (connections.stream().noneMatch(connection -> connection.stats == one.getKey())) {
                leaving.remove(one.getKey());
                one.getValue().complete(null);
            }
        }
        if (draining && connections.isEmpty()) {
            drained.complete(null);
        }
    }

    /** A session, and how many connections it has or opens. */
    private static final class Lane {
        private final Link link;
        private int connections;
        /** For a session that gets no more. */
        private @Nullable CompletableFuture<@Nullable Void> whenEmpty;

        private Lane(Link link) {
            this.link = link;
        }
    }
}
