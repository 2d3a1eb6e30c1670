package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.internal.time.FakeScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A tunnel to which one thing happens after another, each chosen from a list of all that may happen next. */
final class WalkedTunnel extends SimulatedLinks {
    private static final AtomicLong NUMBERS = new AtomicLong();

    private final Plan plan;
    private final FakeScheduler time = new FakeScheduler();
    private final WatchedScheduler clock = new WatchedScheduler(time);
    private final Promises promises;
    private final StartTurns turns;
    private final Supervisor supervisor;
    private final List<Start> underWay = new ArrayList<>();
    private final List<Long> beganNanos = new ArrayList<>();
    /** Those of them that are to replace sessions, as far as that can be seen. */
    private final Map<Start, String> replacing = new HashMap<>();

    private final List<FakeLink> links = new ArrayList<>();
    private final List<Long> upNanos = new ArrayList<>();
    /** What was asked for, and may not have been done: a replacement, a move, starts without delay. */
    private String asked = "";

    private boolean hurried;

    /** The part of it that was asked for since the last replacement began. */
    private String askedSince = "";
    /** Failed starts of sessions that were to replace others, since one came up. */
    private int failedRotations;

    private String lastFailed = "";

    /** An application whose connections end with the drain, and whose probes are well in a trial. */
    private static final class Idle implements SimulatedApplication {
        @Override
        public CompletionStage<?> lastConnection() {
            return new CompletableFuture<>();
        }

        @Override
        public CompletionStage<@Nullable String> probe() {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Something that may happen. */
    record Step(Supplier<String> name, Runnable happens) {}

    WalkedTunnel(Plan plan) {
        this.plan = plan;
        turns = new StartTurns("walked " + NUMBERS.incrementAndGet(), 8);
        promises = new Promises(plan, time, new Idle(), null);
        SerialExecutor serial =
                new SerialExecutor(bug -> promises.check(false, () -> "a task of the supervisor threw " + bug));
        supervisor = new Supervisor(plan, gateway -> turns, this, clock, serial, () -> 0, promises);
        supervisor.start();
    }

    @Override
    public LinkStart start(Gateway gateway, long number) {
        promises.begins(number, open, starting, 0);
        hurried = false;
        String role = promises.isAllUp() ? "instead" : supervisor.nextStart() != null ? "beside" : "";
        Start start = (Start) super.start(gateway, number);
        starts.clear();
        underWay.add(start);
        beganNanos.add(time.nanoTime());
        if (!role.isEmpty()) {
            replacing.put(start, role);
            askedSince = "";
        }
        return start;
    }

    @Override
    void ended(Start start) {
        if (replacing.remove(start) != null && start.isUp) {
            failedRotations = 0;
            asked = askedSince;
        }
        int index = underWay.indexOf(start);
        underWay.remove(index);
        beganNanos.remove(index);
    }

    @Override
    void cameUp(FakeLink link) {
        links.add(link);
        upNanos.add(time.nanoTime());
        link.lost().thenAccept(why -> {
            int index = links.indexOf(link);
            links.remove(index);
            upNanos.remove(index);
        });
    }

    /** All that may happen next, in an order that is always the same. */
    List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        if (promises.state() == TunnelState.FAILED) {
            return steps;
        }
        for (Start start : underWay) {
            Supplier<String> which = () -> " " + start.gateway.host() + start.number;
            steps.add(new Step(() -> "up" + which.get(), start::succeed));
            steps.add(new Step(() -> "refused" + which.get(), () -> fail(start, FailureReason.CONNECT_REFUSED)));
            steps.add(new Step(() -> "locked" + which.get(), () -> fail(start, FailureReason.AUTH_REJECTED)));
        }
        for (FakeLink link : links) {
            steps.add(new Step(() -> "lost " + link.gateway.host(), () -> link.lose(FailureReason.CONNECTION_LOST)));
        }
        if (clock.waiting() > 0) {
            steps.add(new Step(() -> "time", this::pass));
        }
        steps.add(new Step(() -> "restart", () -> {
            promises.delays.disturbed();
            ask("r");
            supervisor.restart();
        }));
        steps.add(new Step(() -> "reconnectNow", () -> {
            promises.hurry();
            hurried |= supervisor.nextStart() != null;
            supervisor.reconnectNow();
        }));
        promises.serving().stream()
                .filter(session -> session.gateway().equals(plan.gateways().get(0)))
                .findFirst()
                .ifPresent(session -> steps.add(new Step(() -> "probe fails", () -> probeFails(session))));
        return steps;
    }

    private void fail(Start start, FailureReason reason) {
        if (replacing.containsKey(start)) {
            failedRotations++;
        }
        lastFailed = start.gateway.host();
        start.fail(reason);
    }

    private void probeFails(Session session) {
        promises.gateways.probed(session.gateway(), false);
        supervisor.probed(session.link(), "simulated", "simulated");
    }

    private void ask(String what) {
        String now = what + underWay.size();
        if (!promises.serving().isEmpty()) {
            asked += asked.endsWith(now) ? "" : now;
            askedSince += askedSince.endsWith(now) ? "" : now;
        }
    }

    /** To the next timer. */
    private void pass() {
        time.advance(Duration.ofNanos(clock.left().findFirst().orElse(0)));
    }

    /**
     * What can be seen from outside that what follows may depend on: of two tunnels of which it is the same only one is walked
     * on where sequences are merged. It is not all: with several sessions nothing tells which of them has failed how often.
     */
    String describe() {
        StringBuilder to = new StringBuilder();
        promises.describe(to);
        long now = time.nanoTime();
        long young = plan.restart().provenAfter().toNanos();
        for (int i = 0; i < underWay.size(); i++) {
            to.append(" s")
                    .append(underWay.get(i).gateway.host())
                    .append(replacing.get(underWay.get(i)))
                    .append(now - beganNanos.get(i));
        }
        for (int i = 0; i < links.size(); i++) {
            FakeLink link = links.get(i);
            to.append(" l").append(link.gateway.host()).append(Math.min(now - upNanos.get(i), young));
            to.append(promises.serving().stream().anyMatch(session -> session.link() == link));
        }
        clock.left().forEach(left -> to.append(" t").append(left));
        to.append(supervisor.nextStart() == null ? "" : Duration.between(time.now(), supervisor.nextStart()));
        return to.append(asked)
                .append(',')
                .append(askedSince)
                .append(hurried)
                .append(Math.min(failedRotations, 3))
                .append(lastFailed)
                .toString();
    }

    /** What is broken by now; null when nothing is. */
    @Nullable
    String broken() {
        promises.checkAtRest(clock.waiting());
        return promises.broken();
    }

    /**
     * From now on each start to those gateways succeeds at once and any other one is refused, and nothing is lost there: it
     * must be up soon.
     */
    void settle(List<Gateway> good) {
        List.copyOf(links).stream()
                .filter(link -> !good.contains(link.gateway))
                .forEach(link -> link.lose(FailureReason.CONNECTION_LOST));
        RestartPolicy restart = plan.restart();
        Duration each = restart.maxDelay().plus(restart.minSpacing().multipliedBy(plan.redundancy() + 1));
        long until = time.nanoTime() + each.multipliedBy(tries(good)).toNanos();
        answer(good);
        while (promises.state() != TunnelState.UP && time.nanoTime() <= until && clock.waiting() > 0) {
            pass();
            answer(good);
        }
        promises.check(
                promises.state() == TunnelState.UP || promises.mayHaveGivenUp(),
                () -> promises.state() + " though all starts to " + good + " succeed");
    }

    /** One is on its way; and where some fail, each of those often enough to be left, and then all of them in turn. */
    private long tries(List<Gateway> good) {
        int gateways = plan.gateways().size();
        return good.size() == gateways ? 2 : (long) gateways * (plan.failover().failAfter() + 1) + 1;
    }

    private void answer(List<Gateway> good) {
        for (Start start : List.copyOf(underWay)) {
            if (good.contains(start.gateway)) {
                start.succeed();
            } else {
                start.fail(FailureReason.CONNECT_REFUSED);
            }
        }
    }

    /** Starts that are under way come up in the same moment. */
    void close() {
        promises.closing();
        underWay.forEach(start -> start.racesCancel = true);
        boolean ended = supervisor.close().toCompletableFuture().isDone();
        promises.check(promises.state() == TunnelState.CLOSED && ended, () -> "close left " + promises.state());
        promises.check(
                open == 0 && starting == 0 && clock.waiting() == 0 && turns.isIdle(),
                () -> "close left " + open + " sessions, " + starting + " starts, " + clock.waiting() + " timers");
        supervisor.restart();
        supervisor.reconnectNow();
        supervisor.start();
        time.advance(Duration.ofHours(1));
    }
}
