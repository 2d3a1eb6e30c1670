package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.FailoverStep;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.supervise.Dues.Due;
import dev.managedtunnel.internal.supervise.SlotState.BackingOff;
import dev.managedtunnel.internal.supervise.SlotState.Connecting;
import dev.managedtunnel.internal.time.Durations;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Replaces sessions that are up: starts the new one, switches, lets the old one finish what it has, ends it. If the new one
 * is a trial of another gateway, it must first pass some checks, while it carries nothing. One at a time, so that a
 * tunnel never has more than one session beyond those that it keeps. A new one that can't be started changes nothing; it
 * is tried again on a backoff. Inside the serial executor only.
 */
final class Rotation {
    /** Sessions are replaced up to this share of their greatest age early, so that a fleet does not rotate at once. */
    private static final double VARIATION = 0.1;

    /** What is under way. */
    private sealed interface Stage {
        /** Nothing, until something is due. */
        record Idle() implements Stage {}

        /** The new session is being started. */
        record Starting(Starts.Start start) implements Stage {}

        /** The new session is up and being checked, or has passed and waits until its slot can take it. */
        record Trying(TrialStart start, Tryout tryout) implements Stage {}

        /** The old session has its last connections. */
        record Draining(Drain drain) implements Stage {}

        /** The tunnel has ended. */
        record Over() implements Stage {}
    }

    /** Puts a session in the place of the one that a slot has. */
    interface Switching {
        void replace(Slot slot, Session by);
    }

    private final Context context;
    private final List<Slot> slots;
    private final Starts starts;
    private final Failover failover;
    private final Switching switching;
    private final Backoff backoff;

    private final Dues dues = new Dues();
    private Stage stage = new Stage.Idle();
    private @Nullable Timer timer;

    Rotation(Context context, List<Slot> slots, Starts starts, Failover failover, Switching switching) {
        this.context = context;
        this.slots = slots;
        this.starts = starts;
        this.failover = failover;
        this.switching = switching;
        backoff = new Backoff(context.plan().restart(), context.random());
    }

    /** A slot has another session, which may not get too old. */
    void inService(Slot slot, Session session) {
        Duration most = context.plan().restart().maxSessionAge();
        if (most.isZero()) {
            dues.remove(slot);
        } else {
            long age =
                    (long) (most.toNanos() * (1 - VARIATION * context.random().nextDouble()));
            dues.put(new Due(slot, session, session.upNanos() + age, "it was as old as restart maxSessionAge allows"));
        }
    }

    /** Replaces what the slot has by another session to the same gateway as soon as may be. */
    void request(Slot slot, Session session, String why) {
        dues.put(new Due(slot, session, context.now(), why));
    }

    /** The session that is on trial at that gateway, for a slot that has to go there now; null when there is none. */
    @Nullable
    Session take(Gateway gateway) {
        if (stage instanceof Stage.Trying trying
                && trying.start().trial.gateway().equals(gateway)) {
            trying.tryout().stop();
            stage = new Stage.Idle();
            return trying.tryout().session();
        }
        return null;
    }

    /** Does what is to be done now; to be called after every change. */
    void proceed() {
        if (stage instanceof Stage.Trying trying && trying.tryout().hasPassed()) {
            useTried(trying);
        }
        // Behind that, which may have come here again by a change of the slot.
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        if (!(stage instanceof Stage.Idle) || starts.areUsedUp()) {
            return;
        }
        long now = context.now();
        Due due = dues.first();
        TrialStart trial = firstTrial(now);
        if (trial != null && (due == null || trial.trial.dueNanos() - due.atNanos() < 0)) {
            startAt(trial.trial.dueNanos() - now, trial.trial.gateway(), trial);
        } else if (due != null) {
            startAt(due.atNanos() - now, due.session().gateway(), new PlannedStart(due));
        }
    }

    private void startAt(long left, Gateway gateway, Starts.Outcome outcome) {
        if (left > 0) {
            timer = context.after(Duration.ofNanos(left), this::proceed);
        } else {
            stage = new Stage.Starting(starts.ask(gateway, false, outcome));
        }
    }

    private @Nullable TrialStart firstTrial(long now) {
        List<Integer> serving = slots.stream()
                .filter(slot -> slot.session() != null)
                .map(Slot::index)
                .toList();
        Failover.Trial trial = failover.nextTrial(serving, now);
        return trial == null ? null : new TrialStart(trial, slots.get(trial.slot()));
    }

    /** The start of a session that replaces another one at once. */
    private final class PlannedStart implements Starts.Outcome {
        private final Due due;

        private PlannedStart(Due due) {
            this.due = due;
        }

        @Override
        public void up(Session session) {
            backoff.proven();
            stage = new Stage.Idle();
            Slot slot = due.slot();
            if (slot.session() == due.session()) {
                replace(slot, due.session(), session, due.why());
            } else if (slot.state() instanceof BackingOff && session.gateway().equals(failover.home(slot.index()))) {
                slot.adopt(session);
            } else {
                // What it was to replace is gone, and that is being mended.
                drop(session);
            }
            proceed();
        }

        @Override
        public void failed(TunnelException why) {
            stage = new Stage.Idle();
            if (dues.contains(due)) {
                Duration delay = why.reason().isPermanent() ? backoff.failedForGood() : backoff.failed();
                dues.put(due.at(context.now() + delay.toNanos()));
            }
            proceed();
        }
    }

    /** The start of a session that has to show first that another gateway is well. */
    private final class TrialStart implements Starts.Outcome, Tryout.Verdict {
        private final Failover.Trial trial;
        private final Slot slot;

        private TrialStart(Failover.Trial trial, Slot slot) {
            this.trial = trial;
            this.slot = slot;
        }

        @Override
        public void up(Session session) {
            FailoverPolicy policy = context.plan().failover();
            Tryout tryout = trial.isRefuge()
                    ? new Tryout(session, context, 1, Duration.ZERO, this)
                    : new Tryout(session, context, policy.recoverAfter(), policy.checkEvery(), this);
            stage = new Stage.Trying(this, tryout);
            String rhythm = policy.recoverAfter() == 1 ? "" : ", one every " + Durations.text(policy.checkEvery());
            tell(
                    FailoverStep.TRYING,
                    trial.isRefuge()
                            ? "probes fail at the other one; it is used if they are well there"
                            : "it is used when it has passed " + Failover.checks(policy) + rhythm);
            tryout.begin();
        }

        @Override
        public void failed(TunnelException why) {
            ended();
        }

        @Override
        public boolean mustBeWell() {
            // A better gateway is no worse than where probes fail anyway.
            return trial.isRefuge() || !failover.hasFailingProbe(trial.slot());
        }

        @Override
        public void passed() {
            proceed();
        }

        @Override
        public void lost(String when) {
            tell(FailoverStep.RELAPSED, when);
            ended();
        }

        private void tell(FailoverStep step, String reason) {
            context.listener().decided(step, failover.home(trial.slot()), trial.gateway(), reason);
        }

        private void ended() {
            stage = new Stage.Idle();
            failover.trialFailed(trial, context.now());
            proceed();
        }
    }

    /** Hands a session over that has passed, unless it is not wanted any more; a slot that is connecting is waited for. */
    private void useTried(Stage.Trying trying) {
        Failover.Trial trial = trying.start().trial;
        Slot slot = trying.start().slot;
        long now = context.now();
        boolean wanted = failover.mayMove(trial, now);
        if (wanted && slot.state() instanceof Connecting) {
            return;
        }
        Session session = trying.tryout().session();
        Session old = slot.session();
        trying.tryout().stop();
        stage = new Stage.Idle();
        if (!wanted || !(old != null || slot.state() instanceof BackingOff)) {
            failover.trialFailed(trial, now);
            drop(session);
            return;
        }
        Failover.Move move = failover.moved(trial, now);
        context.listener().decided(move.step(), move.from(), move.to(), move.reason());
        if (old == null) {
            slot.adopt(session);
        } else {
            replace(slot, old, session, move.reason());
        }
    }

    private static void drop(Session session) {
        Starts.end(session.link(), "the session is not needed any more");
    }

    private void replace(Slot slot, Session old, Session by, String why) {
        switching.replace(slot, by);
        Duration age = Duration.ofNanos(context.now() - old.upNanos());
        CompletionStage<?> empty = context.listener().linkRetired(old, by, age, why);
        stage = new Stage.Draining(new Drain(old, empty, context, () -> drained(old)));
    }

    private void drained(Session old) {
        if (stage instanceof Stage.Draining) {
            stage = new Stage.Idle();
            context.listener().linkEnded(old);
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
        } else if (before instanceof Stage.Trying trying) {
            trying.tryout().stop();
            return Starts.end(trying.tryout().session().link(), Starts.TUNNEL_CLOSED);
        } else if (before instanceof Stage.Draining draining) {
            return draining.drain().cut();
        }
        return CompletableFuture.completedFuture("nothing to end");
    }
}
