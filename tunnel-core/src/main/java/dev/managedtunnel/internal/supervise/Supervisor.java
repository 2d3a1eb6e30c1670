package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.internal.link.LinkFactory;
import dev.managedtunnel.internal.supervise.SlotState.Connecting;
import dev.managedtunnel.internal.time.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a tunnel's sessions up: one in each {@link Slot}, which heal on their own, and at most one more, which replaces one
 * of them ({@link Rotation}). Thread-safe: every method hops onto the serial executor, where all state lives, so there is
 * no lock and no order of calls that could interleave.
 *
 * <p>Life: {@link #start()} once, {@link #close()} at the end, in any order and any number of times.
 */
public final class Supervisor {
    private final Plan plan;
    private final Scheduler scheduler;
    private final SerialExecutor serial;
    private final SupervisorListener listener;
    private final Starts starts;
    private final Rotation rotation;
    private final List<Slot> slots = new ArrayList<>();

    /** Written inside the serial executor only; volatile for those who look from outside. */
    private volatile SupervisorState state = SupervisorState.ended(TunnelState.CONNECTING);

    private boolean started;
    /** What remains of sessions and starts once the tunnel has failed or was closed; null before. */
    private @Nullable CompletionStage<?> remains;

    private boolean everUp;
    private boolean everEstablished;
    /** Since when no session is up, once one was. */
    private @Nullable Long outageSinceNanos;

    private @Nullable Session primary;

    public Supervisor(
            Plan plan,
            Function<Gateway, StartTurns> turns,
            LinkFactory links,
            Scheduler scheduler,
            SerialExecutor serial,
            RandomGenerator random,
            SupervisorListener listener) {
        this.plan = plan;
        this.scheduler = scheduler;
        this.serial = serial;
        this.listener = listener;
        starts = new Starts(plan, turns, links, scheduler, serial, listener);
        rotation = new Rotation(plan, starts, scheduler, serial, random, listener, this::replace);
        for (int i = 0; i < plan.redundancy(); i++) {
            slots.add(new Slot(new Keeper(), plan, starts, scheduler, serial, random));
        }
    }

    /** Begins the first session starts and returns at once. */
    public void start() {
        serial.execute(() -> {
            if (!started && remains == null) {
                started = true;
                slots.forEach(Slot::start);
            }
        });
    }

    /** Leaves the backoff now, spacing or not; without effect in other states. */
    public void reconnectNow() {
        whileAlive(() -> slots.forEach(Slot::hurry));
    }

    /**
     * Replaces the sessions that are up, one after the other, each by one that is started first; ends the backoff of the
     * others. All of it as soon as the spacing allows.
     */
    public void restart() {
        whileAlive(() -> {
            for (Slot slot : slots) {
                slot.leaveBackoff();
                rotation.request(slot, "the application asked for a restart");
            }
            rotation.proceed();
        });
    }

    private void whileAlive(Runnable task) {
        serial.execute(() -> {
            if (remains == null) {
                task.run();
            }
        });
    }

    /**
     * Ends whatever is under way and starts nothing more.
     *
     * @return completes, never exceptionally, when no session and no start is left
     */
    public CompletionStage<?> close() {
        CompletableFuture<@Nullable Object> gone = new CompletableFuture<>();
        serial.execute(() -> {
            if (state.visible() != TunnelState.CLOSED) {
                moveTo(SupervisorState.ended(TunnelState.CLOSED), null);
                endAll();
            }
            Objects.requireNonNull(remains).thenAccept(ended -> gone.complete(null));
        });
        return gone;
    }

    private void fail(TunnelException cause) {
        moveTo(SupervisorState.ended(TunnelState.FAILED), cause);
        endAll();
    }

    private void endAll() {
        if (remains == null) {
            List<CompletableFuture<?>> ends = new ArrayList<>();
            ends.add(rotation.end().toCompletableFuture());
            slots.forEach(slot -> ends.add(slot.end().toCompletableFuture()));
            remains = CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
        }
    }

    /** Whether a start is due and others to the same gateway come first. */
    public boolean isWaitingForTurn() {
        return state.isWaitingForTurn();
    }

    /** When the next start is due that has been put off; null when none has. */
    public @Nullable Instant nextStart() {
        return state.nextStart();
    }

    /** Tells of what has changed and does what that leads to. */
    private void changed(@Nullable TunnelException cause) {
        if (remains != null) {
            return;
        }
        choosePrimary();
        moveTo(SupervisorState.of(slots.stream().map(Slot::state).toList()), cause);
        rotation.proceed();
    }

    private void moveTo(SupervisorState next, @Nullable TunnelException cause) {
        serial.requireEntered();
        TunnelState before = state.visible();
        state = next;
        if (before != next.visible()) {
            if (!SupervisorState.isLegal(before, next.visible())) {
                throw new IllegalStateException("no move from " + before + " to " + next.visible());
            }
            listener.moved(before, next.visible(), cause);
        }
    }

    private void replace(Slot slot, Session old, Session by, String why) {
        everEstablished = true;
        slot.replace(by);
        inService(slot, by, null);
    }

    private void inService(Slot slot, Session session, @Nullable Duration outage) {
        everUp = true;
        rotation.inService(slot, session);
        listener.linkUp(session, outage);
        choosePrimary();
    }

    private void choosePrimary() {
        List<Session> serving =
                slots.stream().map(Slot::session).filter(Objects::nonNull).toList();
        Session before = primary;
        if (before == null || !serving.contains(before)) {
            primary = serving.isEmpty() ? null : serving.get(0);
            if (primary != null) {
                listener.primary(before, primary);
            }
        }
    }

    /** What the slots tell and ask. */
    private final class Keeper implements Slot.Keeper {
        @Override
        public Gateway gatewayFor(Slot slot) {
            return plan.gateways().get(slots.indexOf(slot) % plan.gateways().size());
        }

        @Override
        public void startFailed(Slot slot, Gateway gateway, TunnelException why) {}

        @Override
        public void up(Slot slot, Session session) {
            Long since = outageSinceNanos;
            outageSinceNanos = null;
            inService(slot, session, since == null ? null : Duration.ofNanos(scheduler.nanoTime() - since));
        }

        @Override
        public void lost(Slot slot, Session session, Duration age, boolean proven, TunnelException why) {
            if (age.compareTo(plan.restart().gateTime()) >= 0) {
                everEstablished = true;
            }
            if (slots.stream().noneMatch(other -> other != slot && other.session() != null)) {
                outageSinceNanos = scheduler.nanoTime();
            }
            listener.linkLost(session, age, why);
        }

        @Override
        public boolean givesUp(Slot slot, TunnelException why) {
            serial.requireEntered();
            if (starts.areUsedUp()) {
                return true;
            }
            boolean hope = slots.stream().anyMatch(other -> other != slot && isHopeful(other.state()));
            if (isHopeless(why)) {
                return everUp
                        ? !plan.restart().retryPermanentOnceUp()
                        : plan.restart().failFast() && !hope;
            }
            return !hope && !everEstablished && !plan.restart().gateTime().isZero();
        }

        @Override
        public void gaveUp(Slot slot, TunnelException why) {
            if (slots.stream().anyMatch(other -> isHopeful(other.state()))) {
                changed(why);
            } else if (remains == null) {
                fail(why);
            }
        }

        private boolean isHopeful(SlotState other) {
            return other instanceof SlotState.Up || other instanceof Connecting;
        }

        @Override
        public boolean isHopeless(TunnelException why) {
            return why.reason().isPermanent();
        }

        @Override
        public void changed(@Nullable TunnelException cause) {
            Supervisor.this.changed(cause);
        }
    }
}
