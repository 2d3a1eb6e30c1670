package dev.managedtunnel.internal.supervise;

import dev.managedtunnel.internal.link.Watchdog;
import dev.managedtunnel.internal.time.Scheduler.Timer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether a session that carries nothing yet passes a number of checks in a row; one that does not is given up. A check is a
 * question that the server has to answer, and a run of the tunnel's probes. Inside the serial executor only.
 */
final class Tryout {
    private final Session session;
    private final Context context;
    private final int checks;
    private final Duration every;
    private final Verdict verdict;

    private int passed;
    private boolean over;
    private @Nullable Timer next;
    /** Of the check under way. */
    private boolean timeIsUp;

    private boolean probed;

    /** Is told once that it has passed or is lost, unless it is stopped before. */
    interface Verdict {
        /** Whether a probe that fails there matters. */
        boolean mustBeWell();

        /** It passed all checks. It may still be lost. */
        void passed();

        /** It is lost, before that or afterwards. */
        void lost(String when);
    }

    /** @param every the least time that a check takes; 0 when its answer is enough */
    Tryout(Session session, Context context, int checks, Duration every, Verdict verdict) {
        this.session = session;
        this.context = context;
        this.checks = checks;
        this.every = every;
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
        return passed == checks;
    }

    private void check() {
        timeIsUp = every.isZero();
        probed = false;
        // A little before it is looked at, so that an end has been told by then.
        Duration most = every.multipliedBy(9).dividedBy(10);
        boolean isShort = !timeIsUp && most.compareTo(Watchdog.SOON) < 0;
        session.link().check(isShort ? most : Watchdog.SOON);
        if (!timeIsUp) {
            next = context.after(every, this::timeIsUp);
        }
        context.listener()
                .tryOut(session)
                .thenAccept(failure -> context.serial().execute(() -> probed(failure)));
    }

    private void timeIsUp() {
        timeIsUp = true;
        proceed();
    }

    private void probed(@Nullable String failure) {
        if (failure != null && verdict.mustBeWell()) {
            giveUp(failure);
        } else {
            probed = true;
            proceed();
        }
    }

    /** When its time is up it has answered, or it would be lost by now. */
    private void proceed() {
        if (over || !timeIsUp || !probed) {
            return;
        }
        passed++;
        if (hasPassed()) {
            verdict.passed();
        } else {
            check();
        }
    }

    private void lost() {
        giveUp(
                hasPassed()
                        ? "it was lost before it was used"
                        : "it was lost after " + passed + " of " + checks + " checks");
    }

    private void giveUp(String why) {
        if (!over) {
            stop();
            Starts.end(session.link(), "the session did not pass its trial");
            verdict.lost(why);
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
