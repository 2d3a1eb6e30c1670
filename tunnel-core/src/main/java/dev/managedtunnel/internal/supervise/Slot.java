package dev.managedtunnel.internal.supervise;

import dev.failsafe.Failsafe;
import dev.failsafe.RetryPolicy;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.supervise.SlotState.BackingOff;
import dev.managedtunnel.internal.supervise.SlotState.Connecting;
import dev.managedtunnel.internal.supervise.SlotState.Ended;
import dev.managedtunnel.internal.supervise.SlotState.Idle;
import dev.managedtunnel.internal.supervise.SlotState.Up;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one session up. Inside the serial executor only.
 *
 * <p>One Failsafe execution spans its life. An attempt of it is a session from the beginning of its start to its loss, so
 * it can only end in failure, and each failure is either retried after {@link #delay} or ends the slot ({@link
 * Keeper#givesUp}). Failsafe's {@code Timeout} is not used, as it runs on a clock and threads of its own: the deadline of a
 * start is a timer of ours.
 */
final class Slot {
    /** What a slot is told, and tells, by the tunnel that it belongs to. */
    interface Keeper {
        /** Where the next start goes. */
        Gateway gatewayFor(Slot slot);

        /** A session to that gateway that is up and may be had instead of a start; null when there is none. */
        @Nullable
        Session spare(Gateway gateway);

        /** A start failed. */
        void startFailed(Slot slot, Gateway gateway, TunnelException why);

        /** A session is up. */
        void up(Slot slot, Session session);

        /** It is lost; whether it had been up for long enough to end the streak. */
        void lost(Slot slot, Session session, Duration age, boolean proven, TunnelException why);

        /** Whether after this failure nothing more is started. */
        boolean givesUp(Slot slot, TunnelException why);

        /** Nothing more is. */
        void gaveUp(Slot slot, TunnelException why);

        /** Whether a failure is one that only people mend, so that there is no hurry. */
        boolean isHopeless(TunnelException why);

        /** The state is another one. */
        void changed(@Nullable TunnelException cause);
    }

    /** Its place among the slots of the tunnel. */
    private final int index;

    private final Keeper keeper;
    private final Context context;
    private final Starts starts;
    private final Backoff backoff;
    private final RetryScheduler retries;

    private SlotState state = new Idle();
    private @Nullable CompletableFuture<Void> life;
    /** The attempt under way. */
    private CompletableFuture<Void> over = new CompletableFuture<>();

    /** Started elsewhere for the next attempt. */
    private @Nullable Session adopted;

    private boolean hurried;
    /** Set between a loss and the delay computed for it: such a loss is no failure of the streak. */
    private boolean harmlessLoss;

    Slot(int index, Keeper keeper, Context context, Starts starts) {
        this.index = index;
        this.keeper = keeper;
        this.context = context;
        this.starts = starts;
        backoff = new Backoff(context.plan().restart(), context.random());
        retries = new RetryScheduler(context.scheduler(), context.serial());
    }

    int index() {
        return index;
    }

    SlotState state() {
        return state;
    }

    /** The session that is up. */
    @Nullable
    Session session() {
        return state instanceof Up up ? up.session() : null;
    }

    /** Begins to keep a session up. Once. */
    void start() {
        RetryPolicy<Void> retry = RetryPolicy.<Void>builder()
                .withMaxRetries(-1)
                .abortIf((none, failure) -> keeper.givesUp(this, Starts.asTunnelException(failure)))
                .withDelayFn(context -> delay(Starts.asTunnelException(context.getLastException())))
                .onRetryScheduled(
                        event -> backOff(event.getDelay(), Starts.asTunnelException(event.getLastException())))
                .build();
        CompletableFuture<Void> wholeLife = Failsafe.with(retry).with(retries).getStageAsync(() -> attempt());
        life = wholeLife;
        CompletionStage<Void> end = wholeLife;
        end.whenComplete((none, failure) -> context.serial().execute(() -> gaveUp(Starts.asTunnelException(failure))));
    }

    /** Leaves the backoff now, spacing or not. */
    void hurry() {
        if (state instanceof BackingOff) {
            hurried = true;
            bringForward(Duration.ZERO);
        } else if (state instanceof Connecting connecting) {
            connecting.start().hurry();
        }
    }

    /** Leaves the backoff as soon as the spacing allows. */
    void leaveBackoff() {
        if (state instanceof BackingOff) {
            bringForward(starts.spacingLeft());
        }
    }

    /**
     * Ends whatever is under way and starts nothing more.
     *
     * @return completes, never exceptionally, when no session and no start is left
     */
    CompletionStage<?> end() {
        SlotState before = state;
        state = new Ended();
        if (life != null) {
            life.cancel(false);
        }
        Session unused = adopted;
        return unused == null ? before.end() : Starts.end(unused.link(), Starts.TUNNEL_CLOSED);
    }

    /**
     * Has another session in place of the one that is up, which is not this slot's any more.
     *
     * @return whether that one had proved itself, which ends the streak
     */
    boolean replace(Session next) {
        boolean proven = state instanceof Up up && hasProved(up.session());
        take(next);
        return proven;
    }

    private boolean hasProved(Session session) {
        boolean proven = context.now() - session.upNanos()
                >= context.plan().restart().provenAfter().toNanos();
        if (proven) {
            backoff.proven();
        }
        return proven;
    }

    /** Leaves the backoff with a session that has been started elsewhere. */
    void adopt(Session session) {
        adopted = session;
        bringForward(Duration.ZERO);
    }

    /** One attempt of Failsafe's: completes, always exceptionally, when the session failed to start or was lost. */
    private CompletionStage<Void> attempt() {
        CompletableFuture<Void> attempt = new CompletableFuture<>();
        over = attempt;
        boolean now = hurried;
        hurried = false;
        Session there = adopted;
        adopted = null;
        Gateway gateway = there == null ? keeper.gatewayFor(this) : there.gateway();
        if (there == null) {
            there = keeper.spare(gateway);
        }
        if (there != null) {
            up(there);
        } else {
            state = new Connecting(starts.ask(gateway, now, new Starts.Outcome() {
                @Override
                public void began() {
                    keeper.changed(null);
                }

                @Override
                public void up(Session session) {
                    Slot.this.up(session);
                }

                @Override
                public void failed(TunnelException why) {
                    keeper.startFailed(Slot.this, gateway, why);
                    attempt.completeExceptionally(why);
                }
            }));
            keeper.changed(null);
        }
        return attempt;
    }

    private void up(Session session) {
        take(session);
        keeper.up(this, session);
        keeper.changed(null);
    }

    private void take(Session session) {
        state = new Up(session);
        session.link().lost().thenAccept(why -> context.serial().execute(() -> lost(session, why)));
    }

    private void lost(Session session, TunnelException why) {
        if (!(state instanceof Up up) || up.session() != session) {
            return;
        }
        Duration age = Duration.ofNanos(context.now() - session.upNanos());
        harmlessLoss = hasProved(session);
        keeper.lost(this, session, age, harmlessLoss, why);
        over.completeExceptionally(why);
    }

    private Duration delay(TunnelException failure) {
        context.serial().requireEntered();
        Duration wanted;
        if (harmlessLoss) {
            wanted = Duration.ZERO;
        } else if (keeper.isHopeless(failure)) {
            wanted = backoff.failedForGood();
        } else {
            wanted = backoff.failed();
        }
        harmlessLoss = false;
        Duration spacing = starts.spacingLeft();
        return wanted.compareTo(spacing) > 0 ? wanted : spacing;
    }

    private void backOff(Duration delay, TunnelException failure) {
        state = new BackingOff(context.scheduler().now().plus(delay));
        keeper.changed(failure);
    }

    private void bringForward(Duration delay) {
        state = new BackingOff(context.scheduler().now().plus(delay));
        retries.rearm(delay);
        keeper.changed(null);
    }

    private void gaveUp(TunnelException failure) {
        if (!(state instanceof Ended)) {
            state = new Ended();
            keeper.gaveUp(this, failure);
        }
    }
}
