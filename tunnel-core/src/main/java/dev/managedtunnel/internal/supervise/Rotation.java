package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.supervise.SlotState.BackingOff;
import dev.managedtunnel.internal.time.Scheduler;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Replaces sessions that are up: starts the new one, switches, lets the old one finish what it has, ends it. One at a
 * time, so that a tunnel never has more than one session beyond those that it keeps. A new one that can't be started
 * changes nothing; it is tried again on a backoff. Inside the serial executor only.
 */
final class Rotation {
    /** Sessions are replaced up to this share of their greatest age early, so that a fleet does not rotate at once. */
    private static final double VARIATION = 0.1;

    /** What it is doing. */
    private sealed interface Stage {
        /** Nothing, until a session is due. */
        record Idle() implements Stage {}

        /** The new session is being started. */
        record Starting(Starts.Start start) implements Stage {}

        /** The old session has its last connections. */
        record Draining(Session old, Timer deadline) implements Stage {}

        /** The tunnel has ended. */
        record Over() implements Stage {}
    }

    /** When a session is to be replaced. */
    private record Due(Session session, long atNanos, String why) {}

    private final Plan plan;
    private final Starts starts;
    private final Scheduler scheduler;
    private final SerialExecutor serial;
    private final RandomGenerator random;
    private final SupervisorListener listener;
    private final Switching switching;
    private final Backoff backoff;

    private final Map<Slot, Due> dues = new LinkedHashMap<>();
    private Stage stage = new Stage.Idle();
    private @Nullable Timer timer;

    /** Puts a session in the place of the one that a slot has. */
    interface Switching {
        void replace(Slot slot, Session old, Session by, String why);
    }

    Rotation(
            Plan plan,
            Starts starts,
            Scheduler scheduler,
            SerialExecutor serial,
            RandomGenerator random,
            SupervisorListener listener,
            Switching switching) {
        this.plan = plan;
        this.starts = starts;
        this.scheduler = scheduler;
        this.serial = serial;
        this.random = random;
        this.listener = listener;
        this.switching = switching;
        backoff = new Backoff(plan.restart(), random);
    }

    /** A slot has another session, which may not get too old. */
    void inService(Slot slot, Session session) {
        Duration most = plan.restart().maxSessionAge();
        if (most.isZero()) {
            dues.remove(slot);
        } else {
            long age = (long) (most.toNanos() * (1 - VARIATION * random.nextDouble()));
            dues.put(slot, new Due(session, session.upNanos() + age, "it was as old as restart maxSessionAge allows"));
        }
    }

    /** Replaces what the slot has as soon as may be. */
    void request(Slot slot, String why) {
        Session session = slot.session();
        if (session != null) {
            dues.put(slot, new Due(session, scheduler.nanoTime(), why));
        }
    }

    /** Does what is to be done now; to be called after every change. */
    void proceed() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        if (!(stage instanceof Stage.Idle) || starts.areUsedUp()) {
            return;
        }
        dues.entrySet()
                .removeIf(entry -> entry.getKey().session() != entry.getValue().session());
        Map.Entry<Slot, Due> first = null;
        for (Map.Entry<Slot, Due> entry : dues.entrySet()) {
            if (first == null || entry.getValue().atNanos() - first.getValue().atNanos() < 0) {
                first = entry;
            }
        }
        if (first == null) {
            return;
        }
        long left = first.getValue().atNanos() - scheduler.nanoTime();
        if (left > 0) {
            timer = scheduler.schedule(Duration.ofNanos(left), () -> serial.execute(this::proceed));
        } else {
            begin(first.getKey(), first.getValue());
        }
    }

    private void begin(Slot slot, Due due) {
        stage = new Stage.Starting(starts.ask(due.session().gateway(), false, new Starts.Outcome() {
            @Override
            public void began() {}

            @Override
            public void up(Session session) {
                backoff.proven();
                stage = new Stage.Idle();
                settle(slot, due, session);
                proceed();
            }

            @Override
            public void failed(TunnelException why) {
                stage = new Stage.Idle();
                Duration delay = why.reason().isPermanent() ? backoff.failedForGood() : backoff.failed();
                dues.computeIfPresent(
                        slot,
                        (same, now) -> now.session() == due.session()
                                ? new Due(due.session(), scheduler.nanoTime() + delay.toNanos(), due.why())
                                : now);
                proceed();
            }
        }));
    }

    /** The new one is up; what it was to replace may be gone by now. */
    private void settle(Slot slot, Due due, Session session) {
        if (slot.session() == due.session()) {
            switchTo(slot, due, session);
        } else if (slot.state() instanceof BackingOff) {
            slot.adopt(session);
        } else {
            Starts.end(session.link(), "it is not needed any more");
        }
    }

    private void switchTo(Slot slot, Due due, Session session) {
        Session old = due.session();
        switching.replace(slot, old, session, due.why());
        Duration age = Duration.ofNanos(scheduler.nanoTime() - old.upNanos());
        CompletionStage<?> empty = listener.linkRetired(old, session, age, due.why());
        Duration drain = plan.restart().drain();
        stage = new Stage.Draining(old, scheduler.schedule(drain, () -> serial.execute(() -> endDrained(old))));
        empty.thenAccept(none -> serial.execute(() -> endDrained(old)));
        old.link().lost().thenAccept(why -> serial.execute(() -> ended(old)));
    }

    private void endDrained(Session old) {
        if (stage instanceof Stage.Draining draining && draining.old() == old) {
            Starts.end(old.link(), "the session was replaced");
        }
    }

    private void ended(Session old) {
        if (stage instanceof Stage.Draining draining && draining.old() == old) {
            draining.deadline().cancel();
            stage = new Stage.Idle();
            listener.linkEnded(old);
            proceed();
        }
    }

    /** Ends what is under way; completes, never exceptionally, when nothing is left of it. */
    CompletionStage<?> end() {
        Stage before = stage;
        stage = new Stage.Over();
        proceed();
        if (before instanceof Stage.Starting starting) {
            return starting.start().cancel();
        } else if (before instanceof Stage.Draining draining) {
            draining.deadline().cancel();
            return Starts.end(draining.old().link(), "the tunnel was closed");
        }
        return CompletableFuture.completedFuture("nothing to end");
    }
}
