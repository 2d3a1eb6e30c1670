package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.internal.time.FakeScheduler;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One tunnel in a world of its own, all of it drawn from one seed, from its start to after its close. */
final class SimulatedTunnel {
    private final Draws draws;
    private final FakeScheduler time = new FakeScheduler();
    private final WatchedScheduler clock = new WatchedScheduler(time);
    private final SimulatedPlan drawn;
    private final Plan plan;
    private final Duration life;
    private final Promises promises;
    private final SimulatedWorld world;
    private final Supervisor supervisor;
    private final boolean hasProbes;
    private boolean over;
    private Duration alive = Duration.ZERO;

    /** @param history gets a line for all that is told until a promise is broken */
    SimulatedTunnel(long seed, @Nullable StringBuilder history) {
        draws = new Draws(new SplittableRandom(seed));
        drawn = SimulatedPlan.drawn(draws.split());
        plan = drawn.plan();
        life = draws.between(Duration.ofDays(7), Duration.ofDays(42));
        promises = new Promises(plan, time, application(draws.split()), history);
        world = new SimulatedWorld(seed, draws.split(), life, drawn, time, promises);
        hasProbes = draws.oneIn(2);
        SerialExecutor serial =
                new SerialExecutor(bug -> promises.check(false, () -> "a task of the supervisor threw " + bug));
        supervisor = new Supervisor(
                plan, world::turns, world, clock, serial, draws.split().random(), promises);
    }

    private SimulatedApplication application(Draws of) {
        return new SimulatedApplication() {
            @Override
            public CompletionStage<?> lastConnection() {
                CompletableFuture<@Nullable Void> empty = new CompletableFuture<>();
                time.schedule(of.upTo(Duration.ofMinutes(1)), () -> empty.complete(null));
                return empty;
            }

            @Override
            public CompletionStage<@Nullable String> probe() {
                boolean fails = hasProbes && !over && of.oneIn(10);
                return CompletableFuture.completedFuture(fails ? "simulated" : null);
            }
        };
    }

    Plan plan() {
        return plan;
    }

    Promises promises() {
        return promises;
    }

    /** For how long it lived and had not given up. */
    Duration alive() {
        return alive;
    }

    /** Lives; what it broke is in {@link Promises#broken}. */
    void live() {
        supervisor.start();
        world.begin();
        users();
        if (draws.oneIn(10)) {
            pass(draws.upTo(life));
            if (draws.oneIn(2)) {
                // Otherwise hardly ever does it find a start under way.
                restart();
                advance(draws.upTo(plan.connectTimeout().dividedBy(8)));
            }
        } else {
            pass(life);
            over = true;
            settle();
        }
        over = true;
        world.end();
        close();
    }

    /** With nights in which the machine sleeps: time stands still for the tunnel, and then jumps. */
    private void pass(Duration length) {
        long until = time.nanoTime() + length.toNanos();
        while (time.nanoTime() < until && promises.broken() == null) {
            long awake = draws.about(Duration.ofDays(9)).toNanos();
            advance(Duration.ofNanos(Math.min(awake, until - time.nanoTime())));
            if (time.nanoTime() < until) {
                time.sleep(draws.between(Duration.ofSeconds(1), Duration.ofDays(2)));
                promises.delays.disturbed();
            }
        }
    }

    private void advance(Duration length) {
        long before = time.nanoTime();
        time.advance(length);
        if (promises.state() != TunnelState.FAILED) {
            alive = alive.plusNanos(time.nanoTime() - before);
        }
        promises.checkAtRest(clock.waiting());
    }

    /** The weather settles: with a gateway that takes starts the tunnel must be up, and at last where it is best. */
    private void settle() {
        List<Gateway> fine = world.settle();
        advance(drawn.upWithin());
        plan.gateways().forEach(gateway -> probes(gateway, 0));
        if (promises.mayHaveGivenUp()) {
            return;
        }
        promises.check(promises.state() == TunnelState.UP, () -> promises.state() + " with " + fine + " well");
        advance(drawn.settledWithin());
        promises.check(promises.state() == TunnelState.UP, () -> promises.state() + " with " + fine + " well for long");
        List<String> best = IntStream.range(0, plan.redundancy())
                .mapToObj(slot -> fine.get(slot % fine.size()).host())
                .sorted()
                .toList();
        List<String> used = promises.serving().stream()
                .map(session -> session.gateway().host())
                .sorted()
                .toList();
        promises.check(used.equals(best), () -> "at " + used + ", best is " + best);
        promises.gateways.checkLeaves(world.steady());
        checkAges();
    }

    /** With gateways that take starts no session gets older than it may, but for the time that replacing it takes. */
    private void checkAges() {
        Duration most = plan.restart().maxSessionAge();
        if (!most.isZero()) {
            advance(most);
            long oldest = time.nanoTime() - most.plus(drawn.settledWithin()).toNanos();
            promises.check(
                    promises.serving().stream().allMatch(session -> session.upNanos() >= oldest),
                    () -> "a session is older than " + most);
        }
    }

    private void close() {
        promises.closing();
        boolean ended = supervisor.close().toCompletableFuture().isDone();
        promises.check(promises.state() == TunnelState.CLOSED, () -> "close left the state " + promises.state());
        promises.check(ended, () -> "closed, and not said so");
        promises.check(
                world.open == 0 && world.starting == 0,
                () -> "close left " + world.open + " sessions and " + world.starting + " starts");
        promises.check(clock.waiting() == 0, () -> "close left " + clock.waiting() + " timers");
        supervisor.restart();
        supervisor.reconnectNow();
        supervisor.start();
        time.advance(Duration.ofDays(1));
        promises.check(world.hasNoTurns(), () -> "close left a turn");
        promises.check(clock.waiting() == 0, () -> "after close there are " + clock.waiting() + " timers");
    }

    /** People and programs that call whatever they like, whenever they like, and probes. */
    private void users() {
        if (over) {
            return;
        }
        promises.checkAtRest(clock.waiting());
        switch (draws.below(hasProbes ? 6 : 5)) {
            case 0 -> {
                promises.hurry();
                supervisor.reconnectNow();
            }
            case 1, 2 -> restart();
            case 3 -> supervisor.start();
            case 4 -> clock.setWallClock(draws.upTo(Duration.ofHours(2)).minusHours(1));
            default -> probes(plan.gateways().get(draws.below(plan.gateways().size())), 1 + draws.below(6));
        }
        time.schedule(draws.between(Duration.ofMinutes(1), Duration.ofDays(4)), this::users);
    }

    private void restart() {
        promises.delays.disturbed();
        supervisor.restart();
    }

    /** Some fail in a row, and the last one does not. */
    private void probes(Gateway gateway, int failures) {
        boolean well = failures == 0;
        promises.serving().stream()
                .filter(session -> session.gateway().equals(gateway))
                .findFirst()
                .ifPresent(session -> {
                    promises.gateways.probed(gateway, well);
                    supervisor.probed(session.link(), "simulated", well ? null : "simulated");
                });
        if (!well) {
            time.schedule(drawn.pace(), () -> probes(gateway, over ? 0 : failures - 1));
        }
    }
}
