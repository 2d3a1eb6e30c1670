package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailoverStep;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.time.FakeScheduler;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds a supervisor to its promises about starts, sessions, states and events, by what it tells and does alone. Those about
 * gateways are {@link GatewayPromises}, those about delays {@link DelayPromises}. It remembers the first that is broken,
 * since what is thrown inside the serial executor would only be logged.
 */
final class Promises implements SupervisorListener {
    private final Plan plan;
    private final RestartPolicy policy;
    private final FakeScheduler time;
    private final SimulatedApplication application;
    final GatewayPromises gateways;
    final DelayPromises delays;
    private final @Nullable StringBuilder history;

    private TunnelState state = TunnelState.CONNECTING;
    private final Map<Link, Session> serving = new LinkedHashMap<>();
    private final Set<Link> draining = new HashSet<>();
    /** Numbers of starts of which nothing has been told but that they began. */
    private final Set<Long> begun = new HashSet<>();

    private final Set<Long> whileAllServed = new HashSet<>();
    long starts;
    long losses;
    long rotations;
    private long lastStart = Long.MIN_VALUE / 2;
    /** How many starts a user has asked for at once. */
    private int hurried;

    private long hurriedNanos;

    private boolean established;
    private boolean everUp;
    private boolean sawPermanent;
    private boolean closed;
    private @Nullable Long outageSince;
    private @Nullable String broken;

    /**
     * @param history gets a line for all that is told until a promise is broken
     */
    Promises(Plan plan, FakeScheduler time, SimulatedApplication application, @Nullable StringBuilder history) {
        this.plan = plan;
        policy = plan.restart();
        this.time = time;
        this.application = application;
        this.history = history;
        gateways = new GatewayPromises(plan, this::check);
        delays = new DelayPromises(plan, this::check);
    }

    TunnelState state() {
        return state;
    }

    boolean isAllUp() {
        return serving.size() == plan.redundancy();
    }

    Collection<Session> serving() {
        return serving.values();
    }

    @Nullable
    String broken() {
        return broken;
    }

    void check(boolean kept, Supplier<String> otherwise) {
        if (!kept && broken == null) {
            broken = otherwise.get() + " at " + Duration.ofNanos(time.nanoTime());
        }
    }

    /** A user asks for starts at once, spacing or not. */
    void hurry() {
        hurried = plan.redundancy() - serving.size();
        hurriedNanos = time.nanoTime();
        delays.disturbed();
    }

    /** The tunnel is being closed, after which nothing but that may be told. */
    void closing() {
        closed = true;
    }

    /** What is known here that what follows may depend on. */
    void describe(StringBuilder to) {
        long now = time.nanoTime();
        to.append(state).append(everUp).append(sawPermanent).append(established).append(hurried > 0);
        to.append(Math.min(now - lastStart, policy.minSpacing().toNanos()));
        delays.describe(to);
        gateways.describe(to, now);
    }

    /** A start begins. */
    void begins(long number, int open, int starting, int startsThere) {
        long now = time.nanoTime();
        check(!state.isFinal() && !closed, () -> "started in state " + state);
        check(
                open + starting <= plan.redundancy(),
                () -> "started beside " + open + " sessions and " + starting + " starts");
        // A session that drains is one too many already, and so no other one is replaced meanwhile.
        check(draining.size() <= 1, () -> draining.size() + " sessions drain at once");
        if (now - lastStart < policy.minSpacing().toNanos()) {
            check(
                    hurried-- > 0 && now - hurriedNanos <= SimulatedPlan.LINE.toNanos(),
                    () -> "started " + Duration.ofNanos(now - lastStart) + " after the last one, within the spacing");
        }
        check(startsThere < SimulatedWorld.STARTS_AT_ONCE, () -> "started beside " + startsThere + " others there");
        check(
                policy.maxStarts() == RestartPolicy.UNLIMITED || number <= policy.maxStarts(),
                () -> "start " + number + " of " + policy.maxStarts());
        starts++;
        check(number == starts, () -> "start numbered " + number + " of " + starts);
        lastStart = now;
        begun.add(number);
        if (isAllUp()) {
            whileAllServed.add(number);
        }
    }

    /** Nothing is under way inside the supervisor. */
    void checkAtRest(int timers) {
        check(
                state.isFinal() || state.isServing() != serving.isEmpty(),
                () -> state + " with " + serving.size() + " sessions");
        check(
                state.isFinal() || (state == TunnelState.UP) == isAllUp(),
                () -> state + " with " + serving.size() + " of " + plan.redundancy() + " sessions");
        // One of each slot and one of the rotation; one more for a rotation that waits for the spacing while it plans.
        check(timers <= plan.redundancy() + 1, () -> timers + " timers");
    }

    /** Whether the tunnel, or one of its slots, may have ended for good. */
    boolean mayHaveGivenUp() {
        return policy.maxStarts() != RestartPolicy.UNLIMITED
                || !policy.gateTime().isZero()
                || (sawPermanent && (policy.failFast() || (everUp && !policy.retryPermanentOnceUp())));
    }

    private void told(String what, Gateway gateway) {
        check(!closed, () -> "told after close: " + what);
        if (history != null) {
            record(what + " " + gateway.host());
        }
    }

    private void record(String what) {
        if (history != null && broken == null) {
            history.append(Duration.ofNanos(time.nanoTime()))
                    .append(' ')
                    .append(what)
                    .append('\n');
        }
    }

    @Override
    public void moved(TunnelState from, TunnelState to, @Nullable TunnelException cause) {
        check(from == state, () -> "moved from " + from + " while " + state);
        check(SupervisorState.isLegal(from, to), () -> "moved from " + from + " to " + to);
        check(to != TunnelState.UP || isAllUp(), () -> "up with " + serving.size() + " sessions");
        check(to.isFinal() || to.isServing() != serving.isEmpty(), () -> to + " with " + serving.size() + " sessions");
        check(to != TunnelState.FAILED || mayFail(), () -> "gave up because of " + cause);
        check(!closed || to == TunnelState.CLOSED, () -> "moved to " + to + " after close");
        delays.moved(to, cause, time.nanoTime());
        state = to;
        record(to.name());
    }

    private boolean mayFail() {
        boolean usedUp = policy.maxStarts() != RestartPolicy.UNLIMITED && starts >= policy.maxStarts();
        boolean gate = !policy.gateTime().isZero() && !established;
        boolean hopeless = sawPermanent && (everUp ? !policy.retryPermanentOnceUp() : policy.failFast());
        return usedUp || gate || hopeless;
    }

    @Override
    public void starting(Gateway gateway, long number) {
        told("starting", gateway);
        check(number == starts, () -> "told of start " + number + " after " + starts);
    }

    @Override
    public void started(Gateway gateway, long number, Duration took) {
        check(begun.contains(number), () -> "start " + number + " came up after it had ended");
    }

    @Override
    public CompletionStage<@Nullable String> tryOut(Session session) {
        check(!serving.containsKey(session.link()), () -> "on trial while it serves");
        return application.probe();
    }

    @Override
    public void startFailed(Gateway gateway, long number, TunnelException cause) {
        told(cause.reason().name(), gateway);
        check(begun.remove(number), () -> "start " + number + " ended twice");
        sawPermanent |= cause.reason().isPermanent();
        // One that began while all served is that of a rotation or a trial: it says nothing about the slots.
        if (!whileAllServed.remove(number)) {
            gateways.failed(gateway, cause.reason().isPermanent());
        }
    }

    @Override
    public void linkUp(Session session, @Nullable Duration outage) {
        told("up", session.gateway());
        check(begun.remove(session.number()), () -> "session " + session.number() + " is up twice");
        whileAllServed.remove(session.number());
        Long since = outageSince;
        check(
                since == null
                        ? outage == null
                        : Duration.ofNanos(time.nanoTime() - since).equals(outage),
                () -> "an outage of " + outage);
        outageSince = null;
        everUp = true;
        serving.put(session.link(), session);
        gateways.up(session.gateway());
    }

    @Override
    public void linkLost(Session session, Duration age, TunnelException cause) {
        told("lost", session.gateway());
        losses++;
        check(serving.remove(session.link()) != null, () -> "lost without having served");
        check(session.link().lost().toCompletableFuture().isDone(), () -> "said to be lost");
        check(age.toNanos() == time.nanoTime() - session.upNanos(), () -> "lost at the age of " + age);
        boolean proven = ended(session, age, true);
        if (!proven) {
            gateways.failed(session.gateway(), cause.reason().isPermanent());
        }
        if (serving.isEmpty()) {
            outageSince = time.nanoTime();
        }
        established |= age.compareTo(policy.gateTime()) >= 0;
    }

    private boolean ended(Session session, Duration age, boolean lost) {
        boolean proven = age.compareTo(policy.provenAfter()) >= 0;
        if (proven) {
            gateways.proved(session.gateway());
            delays.proved(lost);
        }
        return proven;
    }

    @Override
    public CompletionStage<?> linkRetired(Session session, Session by, Duration age, String why) {
        told("retired", session.gateway());
        rotations++;
        established = true;
        check(serving.containsKey(by.link()), () -> "retired before there was another one");
        check(serving.remove(session.link()) != null, () -> "retired without having served");
        check(serving.size() <= plan.redundancy(), () -> serving.size() + " serve");
        ended(session, age, false);
        draining.add(session.link());
        return application.lastConnection();
    }

    @Override
    public void linkEnded(Session session) {
        told("ended", session.gateway());
        check(draining.remove(session.link()), () -> "ended without having been retired");
        check(session.link().lost().toCompletableFuture().isDone(), () -> "said to have ended");
    }

    @Override
    public void decided(FailoverStep step, Gateway from, Gateway to, String reason) {
        told(step.name(), to);
        gateways.decided(step, from, to, time.nanoTime());
    }
}
