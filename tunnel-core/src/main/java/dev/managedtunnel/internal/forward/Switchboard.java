package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Parking;
import dev.managedtunnel.internal.link.Link;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Knows all connections of a tunnel, and what one that needs a channel gets: a link, a parking place or a no. Loop only. */
final class Switchboard {
    private final LoopContext context;
    private final ParkingLot parkingLot;
    private final Set<Caller<?>> connections = new HashSet<>();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();

    private long lastNumber;
    private @Nullable Link link;
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
        if (refusal != null) {
            connection.refuse(ConnectionOutcome.TUNNEL_DOWN, refusal);
        } else {
            connection.open(from);
        }
    }

    private void begin(Caller<?> connection) {
        connection.accepted(++lastNumber);
        connections.add(connection);
    }

    void linkUp(Link up) {
        link = up;
        parkingLot.takeAll().forEach(this::placeOrFail);
    }

    private void placeOrFail(Caller<?> connection) {
        try {
            place(connection);
        } catch (RuntimeException bug) {
            connection.failed(bug);
        }
    }

    void linkDown() {
        link = null;
    }

    /**
     * Its link died before it got its channel. That is often heard before the link's end itself is: then it waits. At
     * times it is heard only after the next link came up: then that one serves it at once.
     */
    void placeAfterLossOf(Link lost, Caller<?> connection) {
        if (lost == link) {
            parkingLot.park(connection);
        } else {
            place(connection);
        }
    }

    private void place(Caller<?> connection) {
        if (refusal != null) {
            connection.refuse(ConnectionOutcome.TUNNEL_DOWN, refusal);
        } else if (link != null) {
            connection.open(link);
        } else {
            parkingLot.park(connection);
        }
    }

    /** From now on every connection that would have to wait is ended. */
    void refuseAll(String why) {
        refusal = why;
        link = null;
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
        for (Caller<?> connection : new ArrayList<>(connections)) {
            boolean established = connection.isEstablished();
            connection.refuse(
                    established ? ConnectionOutcome.BROKEN : ConnectionOutcome.TUNNEL_DOWN, "the tunnel was closed");
        }
        drained.complete(null);
    }

    /** A connection has ended. */
    void left(Caller<?> connection) {
        parkingLot.leave(connection);
        connections.remove(connection);
        completeWhenDrained();
    }

    private void completeWhenDrained() {
        if (draining && connections.isEmpty()) {
            drained.complete(null);
        }
    }
}
