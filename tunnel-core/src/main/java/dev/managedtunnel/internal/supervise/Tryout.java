package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.FailoverPolicy;
import dev.managedtunnel.internal.link.Watchdog;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether a session that carries nothing yet answers a number of checks in a row; one that does not is lost. Inside the
 * serial executor only.
 */
final class Tryout {
    private final Session session;
    private final Context context;
    private final FailoverPolicy policy;
    private final Verdict verdict;

    private int answered;
    private boolean over;
    private @Nullable Timer next;

    /** Is told once, unless it is stopped before. */
    interface Verdict {
        /** It answered all checks. It may still be lost. */
        void passed();

        /** It is lost, before that or afterwards. */
        void lost(String when);
    }

    Tryout(Session session, Context context, Verdict verdict) {
        this.session = session;
        this.context = context;
        policy = context.plan().failover();
        this.verdict = verdict;
    }

    void begin() {
        check();
        session.link().lost().thenAccept(why -> context.serial().execute(this::lost));
    }

    Session session() {
        return session;
    }

    boolean hasPassed() {
        return answered == policy.recoverAfter();
    }

    private void check() {
        Duration every = policy.checkEvery();
        // Well before it is looked at, so that an end has been told by then.
        Duration half = every.dividedBy(2);
        session.link().check(half.compareTo(Watchdog.SOON) < 0 ? half : Watchdog.SOON);
        next = context.after(every, this::answered);
    }

    /** It has answered, or it would be lost by now. */
    private void answered() {
        if (over) {
            return;
        }
        answered++;
        if (hasPassed()) {
            verdict.passed();
        } else {
            check();
        }
    }

    private void lost() {
        if (!over) {
            stop();
            verdict.lost(
                    hasPassed()
                            ? "it was lost before it was used"
                            : "it was lost after " + answered + " of " + policy.recoverAfter() + " checks");
        }
    }

    /** The session is somebody else's now. */
    void stop() {
        over = true;
        if (next != null) {
            next.cancel();
        }
    }
}
