package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.Gateway;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.TunnelState;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkFactory;
import dev.managedtunnel.internal.link.Watchdog;
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
    private final Context context;
    private final SerialExecutor serial;
    private final SupervisorListener listener;
    private final Starts starts;
    private final Failover failover;
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

    public Supervisor(
            Plan plan,
            Function<Gateway, StartTurns> turns,
            LinkFactory links,
            Scheduler scheduler,
            SerialExecutor serial,
            RandomGenerator random,
            SupervisorListener listener) {
        this.serial = serial;
        this.listener = listener;
        context = new Context(plan, scheduler, serial, random, listener);
        starts = new Starts(context, turns, links);
        failover = new Failover(plan, random, context.now());
        rotation = new Rotation(context, slots, starts, failover, this::replace);
        for (int i = 0; i < plan.redundancy(); i++) {
            slots.add(new Slot(i, new Keeper(), context, starts));
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
                Session session = slot.session();
                if (session != null) {
                    rotation.request(slot, session, "the application asked for a restart");
                }
            }
            rotation.proceed();
        });
    }

    /**
     * A probe of that session succeeded or failed. When one has failed as often in a row as {@code failAfter} says, sessions
     * to that gateway are replaced by such to another one, if all is well there.
     *
     * @param why what failed, for people; null when all is well
     */
    public void probed(Link link, String probe, @Nullable String why) {
        whileAlive(() -> {
            for (Slot slot : slots) {
                Session session = slot.session();
                if (session != null && session.link() == link) {
                    failover.probed(session.gateway(), probe, why, context.now());
                }
            }
            rotation.proceed();
        });
    }

    /** Has sessions answer soon, or be lost, as the network is another one; ends the backoff of the others. */
    public void networkChanged() {
        whileAlive(() -> {
            for (Slot slot : slots) {
                slot.leaveBackoff();
                Session session = slot.session();
                if (session != null) {
                    session.link().check(Watchdog.SOON);
                }
            }
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

    private void replace(Slot slot, Session by) {
        everEstablished = true;
        Session old = slot.session();
        if (slot.replace(by) && old != null) {
            failover.proved(old.gateway());
        }
        inService(slot, by, null);
    }

    private void inService(Slot slot, Session session, @Nullable Duration outage) {
        everUp = true;
        failover.serves(session.gateway());
        rotation.inService(slot, session);
        listener.linkUp(session, outage);
    }

    /** What the slots tell and ask. */
    private final class Keeper implements Slot.Keeper {
        @Override
        public Gateway gatewayFor(Slot slot) {
            Failover.Move move = failover.leave(slot.index(), context.now());
            if (move != null) {
                listener.decided(move.step(), move.from(), move.to(), move.reason());
            }
            return failover.home(slot.index());
        }

        @Override
        public @Nullable Session spare(Gateway gateway) {
            return rotation.take(gateway);
        }

        @Override
        public void startFailed(Slot slot, Gateway gateway, TunnelException why) {
            failover.failed(gateway, why.reason().isPermanent(), why.detail(), context.now());
        }

        @Override
        public void up(Slot slot, Session session) {
            Long since = outageSinceNanos;
            outageSinceNanos = null;
            inService(slot, session, since == null ? null : Duration.ofNanos(context.now() - since));
        }

        @Override
        public void lost(Slot slot, Session session, Duration age, boolean proven, TunnelException why) {
            if (age.compareTo(context.plan().restart().gateTime()) >= 0) {
                everEstablished = true;
            }
            if (slots.stream().noneMatch(other -> other != slot && other.session() != null)) {
                outageSinceNanos = context.now();
            }
            if (proven) {
                failover.proved(session.gateway());
            } else {
                failover.failed(session.gateway(), why.reason().isPermanent(), why.detail(), context.now());
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
                        ? !context.plan().restart().retryPermanentOnceUp()
                        : context.plan().restart().failFast() && !hope;
            }
            return !hope
                    && !everEstablished
                    && !context.plan().restart().gateTime().isZero();
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
            return why.reason().isPermanent() && failover.isHopeless();
        }

        @Override
        public void changed(@Nullable TunnelException cause) {
            Supervisor.this.changed(cause);
        }
    }
}
