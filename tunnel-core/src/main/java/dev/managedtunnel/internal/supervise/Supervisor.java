package dev.managedtunnel.internal.supervise;

import dev.failsafe.Failsafe;
import dev.failsafe.RetryPolicy;
import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkFactory;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.internal.supervise.SupervisorState.BackingOff;
import dev.managedtunnel.internal.supervise.SupervisorState.Closed;
import dev.managedtunnel.internal.supervise.SupervisorState.Connecting;
import dev.managedtunnel.internal.supervise.SupervisorState.Failed;
import dev.managedtunnel.internal.supervise.SupervisorState.Up;
import dev.managedtunnel.internal.supervise.SupervisorState.Waiting;
import dev.managedtunnel.internal.time.Scheduler;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one session up. Thread-safe: every method hops onto the serial executor, where all state lives, so there is no
 * lock and no order of calls that could interleave.
 *
 * <p>One Failsafe execution spans the tunnel's life. An attempt of it is a session from the beginning of its start to
 * its loss, so it can only end in failure, and each failure is either retried after {@link #delay} or ends the tunnel
 * ({@link #givesUp}). Failsafe counts the starts; its {@code Timeout} is not used, as it runs on a clock and threads of
 * its own: the deadline of a start is a timer of ours.
 *
 * <p>Life: {@link #start()} once, {@link #close()} at the end, in any order and any number of times.
 */
public final class Supervisor {
    private final RestartPolicy policy;
    private final Duration connectTimeout;
    private final StartTurns turns;
    private final Gateway gateway;
    private final LinkFactory links;
    private final Scheduler scheduler;
    private final SerialExecutor serial;
    private final SupervisorListener listener;
    private final Backoff backoff;
    private final RetryScheduler retries;

    /** Written inside the serial executor only; volatile for {@link #nextStart()}. */
    private volatile SupervisorState state = new Waiting(null);

    private @Nullable CompletableFuture<Void> life;
    private long starts;
    private long lastStartNanos;
    private @Nullable Long outageSinceNanos;
    private boolean everUp;
    private boolean everEstablished;
    private boolean restarting;
    /** Set between a loss and the delay computed for it: a proven session's loss is no failure of the streak. */
    private boolean provenLoss;

    public Supervisor(
            RestartPolicy policy,
            Duration connectTimeout,
            StartTurns turns,
            Gateway gateway,
            LinkFactory links,
            Scheduler scheduler,
            SerialExecutor serial,
            RandomGenerator random,
            SupervisorListener listener) {
        this.policy = policy;
        this.connectTimeout = connectTimeout;
        this.turns = turns;
        this.gateway = gateway;
        this.links = links;
        this.scheduler = scheduler;
        this.serial = serial;
        this.listener = listener;
        backoff = new Backoff(policy, random);
        retries = new RetryScheduler(scheduler, serial);
    }

    /** Begins the first session start and returns at once. */
    public void start() {
        serial.execute(() -> {
            if (life != null || state instanceof Closed) {
                return;
            }
            int maxRetries = policy.maxStarts() == RestartPolicy.UNLIMITED ? -1 : policy.maxStarts() - 1;
            RetryPolicy<Void> retry = RetryPolicy.<Void>builder()
                    .withMaxRetries(maxRetries)
                    .abortIf((none, failure) -> givesUp(failure))
                    .withDelayFn(context -> delay(context.getLastException()))
                    .onRetryScheduled(event -> backOff(event.getDelay(), event.getLastException()))
                    .build();
            CompletableFuture<Void> wholeLife =
                    Failsafe.with(retry).with(retries).getStageAsync(() -> session());
            life = wholeLife;
            CompletionStage<Void> end = wholeLife;
            end.whenComplete((none, failure) -> serial.execute(() -> gaveUp(failure)));
        });
    }

    /** Leaves the backoff now, spacing or not; without effect in other states. */
    public void reconnectNow() {
        serial.execute(() -> {
            if (state instanceof BackingOff) {
                bringForward(Duration.ZERO);
            }
        });
    }

    /** Ends the session, or the backoff, and starts the next session as soon as the spacing allows. */
    public void restart() {
        serial.execute(() -> {
            if (state instanceof Up up) {
                restarting = true;
                up.link().cut(new TunnelException(FailureReason.CLOSED, "the application asked for a restart", null));
            } else if (state instanceof BackingOff) {
                bringForward(spacingLeft());
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
            SupervisorState before = state;
            if (!(before instanceof Closed)) {
                moveTo(new Closed(), null);
                if (life != null) {
                    life.cancel(false);
                }
            }
            before.end().thenAccept(ended -> gone.complete(null));
        });
        return gone;
    }

    /** One attempt of Failsafe's: completes, always exceptionally, when the session failed to start or was lost. */
    private CompletionStage<Void> session() {
        CompletableFuture<Void> over = new CompletableFuture<>();
        restarting = false;
        // Always behind this task, so that the state is there to be changed.
        moveTo(new Waiting(turns.ask(() -> serial.execute(() -> begin(over)))), null);
        return over;
    }

    /** The attempt's turn has come. From here on counts what counts from a start's beginning: deadline, spacing, time taken. */
    private void begin(CompletableFuture<Void> over) {
        if (!(state instanceof Waiting waiting)) {
            // Closed, and the turn with it.
            return;
        }
        long begun = scheduler.nanoTime();
        long number = ++starts;
        lastStartNanos = begun;
        LinkStart start = links.start(gateway, number);
        moveTo(new Connecting(start), null);
        listener.starting(number);
        Timer deadline = scheduler.schedule(connectTimeout, () -> start.timeOut(connectTimeout));
        start.link().whenComplete((link, failure) -> {
            serial.execute(() -> {
                deadline.cancel();
                if (link == null) {
                    startFailed(number, asTunnelException(failure), over);
                } else if (state instanceof Connecting) {
                    up(number, link, begun, over);
                } else {
                    // Closed while the link came up: both happened, and the close wins.
                    link.cut(new TunnelException(FailureReason.CLOSED, "the tunnel was closed", null));
                }
            });
            waiting.endTurn();
        });
    }

    private void startFailed(long number, TunnelException failure, CompletableFuture<Void> over) {
        if (state instanceof Connecting) {
            listener.startFailed(number, failure);
            over.completeExceptionally(failure);
        }
    }

    private void up(long number, Link link, long begun, CompletableFuture<Void> over) {
        long now = scheduler.nanoTime();
        Duration outage = outageSinceNanos == null ? null : Duration.ofNanos(now - outageSinceNanos);
        everUp = true;
        listener.linkUp(number, link, Duration.ofNanos(now - begun), outage);
        moveTo(new Up(link, now), null);
        link.lost().thenAccept(why -> serial.execute(() -> lost(link, why, over)));
    }

    private void lost(Link link, TunnelException why, CompletableFuture<Void> over) {
        if (!(state instanceof Up up) || up.link() != link) {
            return;
        }
        long now = scheduler.nanoTime();
        outageSinceNanos = now;
        Duration age = Duration.ofNanos(now - up.sinceNanos());
        if (age.compareTo(policy.gateTime()) >= 0 || restarting) {
            everEstablished = true;
        }
        if (age.compareTo(policy.provenAfter()) >= 0) {
            backoff.proven();
            provenLoss = true;
        }
        listener.linkLost(age, why);
        over.completeExceptionally(why);
    }

    private boolean givesUp(Throwable failure) {
        serial.requireEntered();
        if (failure instanceof TunnelException known && known.reason().isPermanent()) {
            return everUp ? !policy.retryPermanentOnceUp() : policy.failFast();
        }
        return !policy.gateTime().isZero() && !everEstablished;
    }

    private Duration delay(Throwable failure) {
        serial.requireEntered();
        Duration wanted;
        if (provenLoss || restarting) {
            wanted = Duration.ZERO;
        } else if (failure instanceof TunnelException known && known.reason().isPermanent()) {
            wanted = backoff.failedForGood();
        } else {
            wanted = backoff.failed();
        }
        provenLoss = false;
        Duration spacing = spacingLeft();
        return wanted.compareTo(spacing) > 0 ? wanted : spacing;
    }

    private Duration spacingLeft() {
        Duration left = policy.minSpacing().minusNanos(scheduler.nanoTime() - lastStartNanos);
        return left.isNegative() ? Duration.ZERO : left;
    }

    private void bringForward(Duration delay) {
        moveTo(new BackingOff(scheduler.now().plus(delay)), null);
        retries.rearm(delay);
    }

    private void backOff(Duration delay, Throwable failure) {
        moveTo(new BackingOff(scheduler.now().plus(delay)), asTunnelException(failure));
    }

    private void gaveUp(Throwable failure) {
        if (!(state instanceof Closed)) {
            TunnelException cause = asTunnelException(failure);
            moveTo(new Failed(cause), cause);
        }
    }

    private void moveTo(SupervisorState next, @Nullable TunnelException cause) {
        serial.requireEntered();
        SupervisorState before = state;
        if (before.visible() == next.visible()) {
            // The first start, which now has something to cancel, or a backoff that ends at another time.
            state = next;
            return;
        }
        if (!SupervisorState.isLegal(before.visible(), next.visible())) {
            throw new IllegalStateException("no move from " + before.visible() + " to " + next.visible());
        }
        state = next;
        listener.moved(before.visible(), next.visible(), cause);
    }

    private static TunnelException asTunnelException(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof TunnelException known
                ? known
                : new TunnelException(FailureReason.CONNECTION_LOST, "the session start broke off: " + cause, cause);
    }

    /** Whether a start is due and others to the same gateway come first. */
    public boolean isWaitingForTurn() {
        return state instanceof Waiting;
    }

    /** When the next start is due; null unless backing off. */
    public @Nullable Instant nextStart() {
        return state instanceof BackingOff waiting ? waiting.until() : null;
    }
}
