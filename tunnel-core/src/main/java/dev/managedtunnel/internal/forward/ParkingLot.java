package dev.managedtunnel.internal.forward;

import dev.managedtunnel.ConnectionOutcome;
import dev.managedtunnel.Parking;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Connections that wait for a session, in the order in which they came, bounded in number and time. A connection that
 * comes back because its session died gets its old place. One timer, for the oldest. Loop only.
 */
final class ParkingLot {
    private final LoopContext context;
    private final Parking parking;
    /** By number, which is the order of acceptance and so that of the deadlines. */
    private final TreeMap<Long, Parked> parked = new TreeMap<>();

    private Scheduler.@Nullable Timer timer;
    /** Whose deadline the timer waits for. */
    private long timerNumber;

    private record Parked(Caller<?> connection, long since) {}

    ParkingLot(LoopContext context, Parking parking) {
        this.context = context;
        this.parking = parking;
    }

    /** Parks it, or ends it when there is no room or its time is up. */
    void park(Caller<?> connection) {
        long now = context.scheduler().nanoTime();
        if (parking.limit() == 0) {
            connection.refuse(ConnectionOutcome.PARKING_FULL, "no session is up, and parking is off");
        } else if (parked.size() >= parking.limit()) {
            connection.refuse(
                    ConnectionOutcome.PARKING_FULL, "no session is up, and " + parking.limit() + " wait already");
        } else if (remaining(connection, now) <= 0) {
            expire(connection);
        } else {
            parked.put(connection.number(), new Parked(connection, now));
            rearm();
        }
    }

    /** Takes it out if it is there. */
    void leave(Caller<?> connection) {
        Parked place = parked.remove(connection.number());
        if (place != null) {
            record(place);
            rearm();
        }
    }

    /** Empties it; the longest waiting first. */
    List<Caller<?>> takeAll() {
        List<Caller<?>> all = new ArrayList<>(parked.size());
        for (Parked place : parked.values()) {
            record(place);
            all.add(place.connection);
        }
        parked.clear();
        rearm();
        return all;
    }

    private void record(Parked place) {
        long waited = context.scheduler().nanoTime() - place.since;
        context.recorder().parked(place.connection.forward(), Duration.ofNanos(waited));
    }

    private void expire() {
        timer = null;
        long now = context.scheduler().nanoTime();
        Map.Entry<Long, Parked> first = parked.firstEntry();
        while (first != null && remaining(first.getValue().connection, now) <= 0) {
            parked.remove(first.getKey());
            record(first.getValue());
            expire(first.getValue().connection);
            first = parked.firstEntry();
        }
        rearm();
    }

    private void expire(Caller<?> connection) {
        connection.refuse(
                ConnectionOutcome.PARKING_EXPIRED, "no session came up within " + Durations.text(parking.longest()));
    }

    private long remaining(Caller<?> connection, long now) {
        return connection.acceptedNanos() + parking.longest().toNanos() - now;
    }

    private void rearm() {
        Map.Entry<Long, Parked> first = parked.firstEntry();
        if (timer != null && (first == null || first.getKey() != timerNumber)) {
            timer.cancel();
            timer = null;
        }
        if (timer == null && first != null) {
            timerNumber = first.getKey();
            long delay =
                    remaining(first.getValue().connection, context.scheduler().nanoTime());
            timer = context.scheduler()
                    .schedule(
                            Duration.ofNanos(Math.max(delay, 0)),
                            () -> context.loop().execute(this::expire));
        }
    }
}
