package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.internal.time.FakeScheduler;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The gateways of one simulated tunnel, each with its own weather, and the other tunnels that log in there. */
final class SimulatedWorld extends SimulatedLinks {
    static final int STARTS_AT_ONCE = 5;

    private static final List<FailureReason> TRANSIENT = Stream.of(FailureReason.values())
            .filter(reason -> !reason.isPermanent())
            .toList();
    private static final Duration NOTICED = Duration.ofSeconds(30);
    private static final Duration MEAN_LIFE = Duration.ofHours(36);
    private static final Duration FOREVER = Duration.ofDays(10_000);

    /** What is at one gateway. */
    private static final class Place {
        final Weather weather;
        final StartTurns turns;
        /** Starts of other tunnels. */
        int others;

        /** Starts of this one. */
        int starting;

        Place(Gateway gateway, Weather weather, long seed) {
            this.weather = weather;
            turns = new StartTurns("simulated " + seed + " " + gateway.host(), STARTS_AT_ONCE);
        }
    }

    private final FakeScheduler time;
    private final Draws draws;
    private final Plan plan;
    private final Map<Gateway, Place> places = new LinkedHashMap<>();
    private final Promises promises;
    /** What ends each session that is up. */
    private final Map<FakeLink, Timer> ends = new LinkedHashMap<>();

    private boolean settled;
    private boolean over;

    SimulatedWorld(long seed, Draws draws, Duration life, SimulatedPlan drawn, FakeScheduler time, Promises promises) {
        this.draws = draws;
        this.time = time;
        this.promises = promises;
        plan = drawn.plan();
        boolean locks = draws.oneIn(2);
        int steady = draws.oneIn(2) ? draws.below(plan.gateways().size()) : -1;
        for (Gateway gateway : plan.gateways()) {
            Weather weather = places.size() == steady
                    ? Weather.alwaysFine()
                    : Weather.drawn(draws.split(), life, drawn.pace(), locks);
            places.put(gateway, new Place(gateway, weather, seed));
        }
    }

    StartTurns turns(Gateway gateway) {
        return place(gateway).turns;
    }

    private Place place(Gateway gateway) {
        return places.get(gateway);
    }

    List<Gateway> steady() {
        return places.entrySet().stream()
                .filter(place -> place.getValue().weather.isSteady())
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * From now on each gateway is fine for ever, or takes no start for ever, and at least one is fine.
     *
     * @return those that are, in the order of preference
     */
    List<Gateway> settle() {
        int sure = draws.below(places.size());
        List<Gateway> fine = new ArrayList<>();
        int index = 0;
        for (Map.Entry<Gateway, Place> place : places.entrySet()) {
            Weather weather = place.getValue().weather;
            boolean good = index++ == sure || weather.isSteady() || draws.percent(60);
            Weather.Kind bad = draws.oneIn(2) ? Weather.Kind.REFUSING : Weather.Kind.HANGING;
            weather.settle(time.nanoTime(), good ? Weather.Kind.FINE : bad);
            if (good) {
                fine.add(place.getKey());
            }
        }
        settled = true;
        ends.replaceAll((link, timer) -> {
            timer.cancel();
            return time.schedule(untilItEnds(link, FOREVER, NOTICED), () -> link.lose(FailureReason.KEEPALIVE_TIMEOUT));
        });
        return fine;
    }

    void end() {
        over = true;
    }

    boolean hasNoTurns() {
        return places.values().stream().allMatch(place -> place.turns.isIdle());
    }

    /** Other tunnels take their turns at the gateways, and take their time. */
    void begin() {
        places.values().forEach(this::otherTunnels);
    }

    private void otherTunnels(Place place) {
        if (over) {
            return;
        }
        StartTurns.Turn[] turn = new StartTurns.Turn[1];
        turn[0] = place.turns.ask(() -> {
            place.others++;
            time.schedule(draws.upTo(Duration.ofSeconds(30)), () -> {
                place.others--;
                turn[0].end();
            });
        });
        boolean crowd = draws.percent(40);
        time.schedule(crowd ? Duration.ofMillis(1) : draws.about(Duration.ofHours(16)), () -> otherTunnels(place));
    }

    @Override
    public LinkStart start(Gateway gateway, long number) {
        Place place = place(gateway);
        promises.begins(number, open, starting, place.others + place.starting);
        Start start = (Start) super.start(gateway, number);
        starts.clear();
        start.racesCancel = !settled && draws.oneIn(10);
        place.starting++;
        play(start, place);
        return start;
    }

    private void play(Start start, Place place) {
        switch (place.weather.at(time.nanoTime())) {
            case FINE -> {
                if (!settled && !place.weather.isSteady() && draws.percent(3)) {
                    failWithin(start, Duration.ofSeconds(2));
                } else {
                    succeedWithin(start, plan.connectTimeout().dividedBy(8));
                }
            }
            case SLOW -> succeedWithin(start, plan.connectTimeout().multipliedBy(2));
            case LOSSY -> {
                if (draws.oneIn(2)) {
                    failWithin(start, plan.connectTimeout());
                } else {
                    succeedWithin(start, plan.connectTimeout());
                }
            }
            case DYING -> succeedWithin(start, plan.connectTimeout().dividedBy(2));
            case REFUSING -> failWithin(start, Duration.ofSeconds(2));
            case LOCKED ->
                time.schedule(draws.upTo(Duration.ofSeconds(2)), () -> start.fail(FailureReason.AUTH_REJECTED));
            case HANGING -> {
                // The supervisor has to give it up.
            }
        }
    }

    private void failWithin(Start start, Duration most) {
        Duration delay = draws.oneIn(10) ? Duration.ZERO : draws.upTo(most);
        time.schedule(delay, () -> start.fail(TRANSIENT.get(draws.below(TRANSIENT.size()))));
    }

    private void succeedWithin(Start start, Duration most) {
        Duration delay = draws.oneIn(10) ? Duration.ZERO : draws.upTo(most);
        time.schedule(delay, start::succeed);
    }

    @Override
    void ended(Start start) {
        place(start.gateway).starting--;
    }

    @Override
    void cameUp(FakeLink link) {
        Place place = place(link.gateway);
        Duration proven = plan.restart().provenAfter();
        Duration life = switch (place.weather.at(time.nanoTime())) {
            case DYING -> draws.upTo(proven);
            case LOSSY -> draws.upTo(Duration.ofMinutes(10));
            default -> place.weather.isSteady() ? proven.plus(draws.about(MEAN_LIFE)) : draws.about(MEAN_LIFE);
        };
        if (settled) {
            life = FOREVER;
        }
        ends.put(link, time.schedule(untilItEnds(link, life, draws.upTo(NOTICED)), () -> {
            link.lose(FailureReason.CONNECTION_LOST);
        }));
        link.lost().thenAccept(why -> ends.remove(link).cancel());
    }

    private Duration untilItEnds(FakeLink link, Duration life, Duration noticed) {
        long now = time.nanoTime();
        long cut = place(link.gateway).weather.nextCut(now);
        return Duration.ofNanos(Math.min(life.toNanos(), Math.max(0, cut - now) + noticed.toNanos()));
    }

    @Override
    void checked(FakeLink link, Duration deadline) {
        if (place(link.gateway).weather.at(time.nanoTime()).cuts()) {
            time.schedule(deadline, () -> link.lose(FailureReason.KEEPALIVE_TIMEOUT));
        }
    }
}
