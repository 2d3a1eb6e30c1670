package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailureReason;
import dev.managedtunnel.Gateway;
import dev.managedtunnel.RestartPolicy;
import dev.managedtunnel.TunnelException;
import dev.managedtunnel.internal.link.Causes;
import dev.managedtunnel.internal.link.Link;
import dev.managedtunnel.internal.link.LinkFactory;
import dev.managedtunnel.internal.link.LinkStart;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The session starts of a tunnel, whoever asks for them: numbered, spaced, in turn with those of other tunnels to the same
 * gateway, and with a deadline. Inside the serial executor only.
 */
final class Starts {
    static final String TUNNEL_CLOSED = "the tunnel was closed";

    private final Context context;
    private final Function<Gateway, StartTurns> turns;
    private final LinkFactory links;

    private long begun;
    private long lastNanos;

    Starts(Context context, Function<Gateway, StartTurns> turns, LinkFactory links) {
        this.context = context;
        this.turns = turns;
        this.links = links;
    }

    /** Whether the tunnel may begin no more of them. */
    boolean areUsedUp() {
        int most = context.plan().restart().maxStarts();
        return most != RestartPolicy.UNLIMITED && begun >= most;
    }

    /** How long the next one has to wait for the spacing. */
    Duration spacingLeft() {
        if (begun == 0) {
            return Duration.ZERO;
        }
        Duration left = context.plan().restart().minSpacing().minusNanos(context.now() - lastNanos);
        return left.isNegative() ? Duration.ZERO : left;
    }

    /**
     * Has a session start begin as soon as it may.
     *
     * @param hurried whether the spacing does not count
     */
    Start ask(Gateway gateway, boolean hurried, Outcome outcome) {
        Start start = new Start(gateway, hurried, outcome);
        start.ask();
        return start;
    }

    static TunnelException asTunnelException(@Nullable Throwable failure) {
        Throwable cause = Causes.of(failure);
        return cause instanceof TunnelException known
                ? known
                : new TunnelException(FailureReason.CONNECTION_LOST, "the session start broke off: " + cause, cause);
    }

    /** Ends a session, or what is left of a start; completes when it has ended. */
    static CompletionStage<?> end(Link link, String why) {
        link.cut(new TunnelException(FailureReason.CLOSED, why, null));
        return link.lost();
    }

    /** Is told what becomes of a start, unless that is cancelled. Inside the serial executor. */
    interface Outcome {
        /** It begins now. */
        default void began() {}

        /** It came up. */
        void up(Session session);

        /** It failed, or may not begin. */
        void failed(TunnelException why);
    }

    /** One that waits, or is under way. */
    final class Start {
        private final Gateway gateway;
        private boolean hurried;
        private final Outcome outcome;

        private boolean over;
        /** While it waits for the spacing. */
        private @Nullable Timer spacing;
        /** From when it waits for its turn until it has ended. */
        private StartTurns.@Nullable Turn turn;
        /** From its beginning on. */
        private @Nullable LinkStart underWay;

        private Start(Gateway gateway, boolean hurried, Outcome outcome) {
            this.gateway = gateway;
            this.hurried = hurried;
            this.outcome = outcome;
        }

        /** Whether others to the same gateway come first. */
        boolean isWaitingForTurn() {
            return turn != null && underWay == null;
        }

        /** Waits for the spacing no longer. */
        void hurry() {
            if (spacing != null) {
                spacing.cancel();
                hurried = true;
                ask();
            }
        }

        private void ask() {
            spacing = null;
            Duration left = hurried ? Duration.ZERO : spacingLeft();
            if (left.isZero()) {
                // Always behind this task, so that its state is there to be changed.
                turn = turns.apply(gateway).ask(() -> context.serial().execute(this::begin));
            } else {
                spacing = context.after(left, this::askIfWanted);
            }
        }

        private void askIfWanted() {
            if (!over && spacing != null) {
                ask();
            }
        }

        /** Its turn has come. From here on counts what counts from a start's beginning: deadline, spacing, time taken. */
        private void begin() {
            if (over) {
                // The turn has ended with it.
                return;
            }
            if (areUsedUp()) {
                over = true;
                endTurn();
                outcome.failed(new TunnelException(
                        FailureReason.CLOSED,
                        "the " + begun + " session starts of restart maxStarts are used up",
                        null));
                return;
            }
            if (!hurried && !spacingLeft().isZero()) {
                // Another one of this tunnel began while this one waited for its turn.
                endTurn();
                ask();
                return;
            }
            long now = context.now();
            long number = ++begun;
            lastNanos = now;
            LinkStart start = links.start(gateway, number);
            underWay = start;
            context.listener().starting(gateway, number);
            outcome.began();
            Duration limit = context.plan().connectTimeout();
            Timer deadline = context.scheduler().schedule(limit, () -> start.timeOut(limit));
            start.link().whenComplete((link, failure) -> {
                context.serial().execute(() -> {
                    deadline.cancel();
                    ended(number, link, failure, now);
                });
                endTurn();
            });
        }

        private void ended(long number, @Nullable Link link, @Nullable Throwable failure, long beganNanos) {
            if (over) {
                if (link != null) {
                    // Cancelled while it came up: both happened, and the cancel wins.
                    end(link, TUNNEL_CLOSED);
                }
                return;
            }
            over = true;
            long now = context.now();
            if (link != null) {
                Duration took = Duration.ofNanos(now - beganNanos);
                context.listener().started(gateway, number, took);
                outcome.up(new Session(link, gateway, number, took, now));
            } else {
                TunnelException why = asTunnelException(failure);
                context.listener().startFailed(gateway, number, why);
                outcome.failed(why);
            }
        }

        private void endTurn() {
            StartTurns.Turn its = turn;
            if (its != null) {
                its.end();
            }
        }

        /**
         * Gives it up; its outcome is not told.
         *
         * @return completes, never exceptionally, when neither start nor session is left
         */
        CompletionStage<?> cancel() {
            over = true;
            if (spacing != null) {
                spacing.cancel();
            }
            LinkStart start = underWay;
            if (start == null) {
                endTurn();
                return CompletableFuture.completedFuture("nothing to end");
            }
            start.cancel();
            // It may have come up while it was given up.
            return start.link().thenCompose(link -> end(link, TUNNEL_CLOSED)).handle((gone, cancelled) -> "ended");
        }
    }
}
